import { describe, expect, it } from 'vitest'
import { startHttpServer } from '../testing/http-server.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { systemClock } from './clock.ts'
import { TransportError, UnexpectedResponseError } from './errors.ts'
import { send } from './transport.ts'

const limits = { timeoutSeconds: 10, maxResponseBytes: 1000 }
const fetch = (request: Request) => globalThis.fetch(request)

describe('an exchange', () => {
  it('gives the answer as it came', async () => {
    const server = await startHttpServer(() => ({ status: 201, json: { a: 1 }, headers: { 'X-Request-Id': 'r1' } }))
    const response = await send(fetch, systemClock, new Request(server.url), limits)
    expect(response.status).toBe(201)
    expect(response.headers.get('X-Request-Id')).toBe('r1')
    expect(await response.json()).toEqual({ a: 1 })
  })

  it.each([301, 302, 303, 307, 308])('does not follow a %i to another origin', async (status) => {
    const other = await startHttpServer(() => ({ status: 200, json: {} }))
    const server = await startHttpServer(() => ({ status, headers: { Location: `${other.url}/stolen` } }))
    const request = new Request(server.url, { headers: { Authorization: 'Bearer t' }, redirect: 'follow' })
    await expect(send(fetch, systemClock, request, limits)).rejects.toThrow(UnexpectedResponseError)
    expect(other.received).toEqual([])
  })

  it('stops reading a body of 1 GB at the bound', async () => {
    let written = 0
    const chunk = Buffer.alloc(65_536, 'a')
    const server = await startHttpServer(() => ({
      raw: (response) => {
        const more = () => {
          while (written < 1e9 && !response.destroyed) {
            written += chunk.length
            if (!response.write(chunk)) {
              response.once('drain', more)
              return
            }
          }
        }
        more()
      },
    }))
    const response = await send(fetch, systemClock, new Request(server.url), limits)
    await expect(response.text()).rejects.toThrow(new UnexpectedResponseError(200, 'the body is too large'))
    expect(written).toBeLessThan(50e6)
  })

  it('refuses a body that announces its size, unread', async () => {
    const server = await startHttpServer(() => ({
      raw: (response) => {
        response.writeHead(200, { 'Content-Length': '1000000000' })
        response.write('a')
      },
    }))
    await expect(send(fetch, systemClock, new Request(server.url), limits)).rejects.toThrow(UnexpectedResponseError)
  })

  it('takes the answer to HEAD, which announces a body and has none', async () => {
    const server = await startHttpServer(() => ({ status: 200, headers: { 'Content-Length': '1000000000' } }))
    const response = await send(fetch, systemClock, new Request(server.url, { method: 'HEAD' }), limits)
    expect(response.headers.get('Content-Length')).toBe('1000000000')
    expect(await response.text()).toBe('')
  })

  it.each([204, 205, 304])(
    'takes a %i without a body, also of a browser that gives it an empty one',
    async (status) => {
      const browser = async () => Object.defineProperty(new Response(''), 'status', { value: status })
      const response = await send(browser, systemClock, new Request('http://127.0.0.1'), limits)
      expect(response).toMatchObject({ status, body: null })
    },
  )

  it('gives up when no answer comes in time', async () => {
    const clock = manualClock()
    const server = await startHttpServer(() => {
      clock.advance(10)
      return { silence: true }
    })
    await expect(send(fetch, clock, new Request(server.url), limits)).rejects.toMatchObject({
      code: 'transport_failed',
      reason: 'timed_out',
    })
  })

  it('gives up when the body does not end in time', async () => {
    const clock = manualClock()
    const server = await startHttpServer(() => ({ raw: (response) => response.writeHead(200).write('{') }))
    const response = await send(fetch, clock, new Request(server.url), limits)
    const text = response.text()
    clock.advance(10)
    await expect(text).rejects.toMatchObject({ reason: 'timed_out' })
  })

  it('distinguishes a truncated body from a complete one', async () => {
    const server = await startHttpServer(() => ({ cut: 'midway' }))
    const response = await send(fetch, systemClock, new Request(server.url), limits)
    await expect(response.text()).rejects.toThrow(TransportError)
  })

  it('names the network failure and quotes nothing', async () => {
    const refuse = async () => {
      throw Object.assign(new TypeError('fetch failed for Bearer s3cret'), { cause: { code: 'ECONNREFUSED' } })
    }
    const failure = await send(refuse, systemClock, new Request('http://127.0.0.1'), limits).catch((error) => error)
    expect(failure).toBeInstanceOf(TransportError)
    expect(failure.reason).toBe('ECONNREFUSED')
    expect(failure.cause).toBeUndefined()
  })

  it('passes the abort reason of the caller on', async () => {
    const caller = new AbortController()
    const server = await startHttpServer(() => {
      caller.abort(new RangeError('enough'))
      return { silence: true }
    })
    const request = new Request(server.url, { signal: caller.signal })
    await expect(send(fetch, systemClock, request, limits)).rejects.toThrow(new RangeError('enough'))
  })
})
