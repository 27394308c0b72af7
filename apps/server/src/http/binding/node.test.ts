import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { RequestError } from '../errors.ts'
import type { Handle, RequestValue } from '../message.ts'
import { connectRaw, exchangeRaw } from '../testing/raw-client.ts'
import { countingRandom, serve, type TestServer } from '../testing/server.ts'
import { expressApp } from './express.ts'
import { type BindingOptions, nodeBinding } from './node.ts'

const bindings = { 'node:http': nodeBinding, Express: expressApp }

/** Answers what it was asked, and a refusal by its code. */
const echo: Handle = async (request) => {
  try {
    const body = await request.body()
    const { method, path, query, requestId, encrypted, remoteAddress } = request
    const seen = { method, path, query, requestId, encrypted, remoteAddress, body: body?.toString('latin1') }
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(seen) }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    return { status: 400, headers: error.headers, body: error.code }
  }
}

describe.each(Object.entries(bindings))('binding to %s', (_name, bind) => {
  const start = (handle: Handle, options: Partial<BindingOptions> = {}): Promise<TestServer> =>
    serve(handle, {
      binding: (bound, faults) =>
        bind(bound, { random: countingRandom(), onFault: (fault) => void faults.push(fault), ...options }),
    })

  it('hands on method, raw target, request id and body', async () => {
    const { origin } = await start(echo)
    const response = await fetch(`${origin}/a%2Fb/C?x=%20&y`, {
      method: 'PATCH',
      body: 'hello',
      headers: { 'x-request-id': 'my-id' },
    })
    expect(await response.json()).toEqual({
      method: 'PATCH',
      path: '/a%2Fb/C',
      query: 'x=%20&y',
      requestId: 'my-id',
      encrypted: false,
      remoteAddress: '127.0.0.1',
      body: 'hello',
    })
  })

  it('shows repeated headers', async () => {
    let seen: readonly string[] = []
    const { port } = await start(async ({ rawHeaders }) => {
      seen = rawHeaders
      return { status: 204, headers: {}, body: undefined }
    })
    await exchangeRaw(
      port,
      'GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nauthorization: b\r\nConnection: close\r\n\r\n',
    )
    expect(seen).toEqual(['Host', 'x', 'Authorization', 'a', 'authorization', 'b', 'Connection', 'close'])
  })

  it('writes exactly the response: length set, no ETag, no X-Powered-By', async () => {
    const { port } = await start(async () => ({
      status: 201,
      headers: { 'x-own': 'é'.normalize('NFD')[0] as string },
      body: 'añb',
    }))
    const answer = await exchangeRaw(port, 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const [head, body] = answer.split('\r\n\r\n') as [string, string]
    const names = head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(':')[0]?.toLowerCase())
    expect(names.sort()).toEqual(['connection', 'content-length', 'date', 'x-own'])
    expect(head).toContain('content-length: 4')
    expect(Buffer.from(body, 'latin1').toString('utf8')).toBe('añb')
  })

  it('gives HEAD the headers of GET and no body', async () => {
    const { port } = await start(async () => ({ status: 200, headers: {}, body: Buffer.from('12345') }))
    const answer = await exchangeRaw(port, 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-length: 5\r\n[\s\S]*\r\n\r\n$/)
  })

  it.each([204, 304])('says nothing of a length with %i, which has no body', async (status) => {
    const { port } = await start(async () => ({ status, headers: {}, body: undefined }))
    const answer = await exchangeRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(answer).not.toMatch(/content-length|transfer-encoding/i)
  })

  it('takes zero bytes for no body', async () => {
    const { port } = await start(echo)
    for (const framing of ['Content-Length: 0\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n', '\r\n']) {
      const answer = await exchangeRaw(port, `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${framing}`)
      expect(answer).not.toContain('"body"')
    }
  })

  it('refuses a body beyond the limit, declared or chunked, then closes the connection', async () => {
    const { origin, port } = await start(echo, { bodyLimitBytes: 10 })
    const whole = await fetch(origin, { method: 'POST', body: '1234567890' })
    expect(whole.status).toBe(200)
    for (const body of ['12345678901', 'x'.repeat(500_000)]) {
      const refused = await fetch(origin, { method: 'POST', body })
      expect([refused.status, await refused.text(), refused.headers.get('connection')]).toEqual([
        400,
        'body_too_large',
        'close',
      ])
    }
    const chunked =
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n'
    expect(await exchangeRaw(port, chunked)).toMatch(/connection: close[\s\S]*body_too_large$/i)
    expect(await exchangeRaw(port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n')).toMatch(
      /body_too_large$/,
    )
  })

  it.each(['gzip', 'br', 'GZIP', 'identity, gzip', 'bogus'])('refuses the content coding %s', async (coding) => {
    const { origin } = await start(echo)
    const response = await fetch(origin, { method: 'POST', body: 'x', headers: { 'content-encoding': coding } })
    expect(await response.text()).toBe('media_type_unsupported')
    const plain = await fetch(origin, { method: 'POST', body: 'x', headers: { 'content-encoding': 'identity' } })
    expect(plain.status).toBe(200)
  })

  it('answers a client that ended its side after its request', async () => {
    const held = Promise.withResolvers<void>()
    const { port } = await start(async (request) => {
      if (request.method === 'GET') return { status: 204, headers: {}, body: undefined }
      await request.body()
      await held.promise
      return { status: 200, headers: {}, body: 'late' }
    })
    const client = connect({ port, host: '127.0.0.1' })
    client.end('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na')
    await once(client, 'finish')
    // By then the server has seen that end, too.
    await exchangeRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    held.resolve()
    expect(String(Buffer.concat(await client.toArray()))).toMatch(/^HTTP\/1.1 200 [\s\S]*late$/)
  })

  it('counts such a client as gone where the work is only worth for a present one', async () => {
    const aborted = Promise.withResolvers<void>()
    const { port } = await start(async ({ signal }) => {
      signal.addEventListener('abort', () => aborted.resolve())
      await aborted.promise
      return { status: 200, headers: {}, body: 'late' }
    })
    const client = connect({ port, host: '127.0.0.1' })
    client.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await aborted.promise
    expect(String(Buffer.concat(await client.toArray().catch(() => [])))).toBe('')
  })

  it('aborts the signal, and the body, when the client disconnects', async () => {
    let arrived = (_request: RequestValue) => {}
    const asked = new Promise<RequestValue>((resolve) => {
      arrived = resolve
    })
    const { port, faults } = await start(async (request) => {
      arrived(request)
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve))
      return { status: 200, headers: {}, body: 'nobody reads this' }
    })
    const client = await connectRaw(port)
    client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
    const request = await asked
    const body = request.body()
    expect(request.signal.aborted).toBe(false)
    client.destroy()
    await expect(body).rejects.toThrow('The client closed the connection')
    await new Promise((resolve) =>
      request.signal.aborted ? resolve(0) : request.signal.addEventListener('abort', resolve),
    )
    expect(request.signal.aborted).toBe(true)
    expect(faults).toEqual([])
  })

  it('answers a bare 500 for a pipeline that threw, and reports the error', async () => {
    const fault = new Error('secret')
    const { origin, faults } = await start(async () => {
      throw fault
    })
    const response = await fetch(origin)
    expect([response.status, await response.text()]).toEqual([500, ''])
    expect(faults).toEqual([fault])
    expect((await fetch(origin)).status).toBe(500)
  })

  it('cannot be made to write a header with a line break', async () => {
    const { port, faults } = await start(async () => ({
      status: 200,
      headers: { location: 'a\r\nset-cookie: b' },
      body: 'x',
    }))
    const answer = await exchangeRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 500 /)
    expect(answer).not.toContain('set-cookie')
    expect(faults).toHaveLength(1)
  })

  it('does not look at headers that would rewrite the request', async () => {
    const { origin } = await start(echo)
    const headers = { 'x-http-method-override': 'DELETE', 'x-original-url': '/admin', 'x-rewrite-url': '/admin' }
    expect(await (await fetch(`${origin}/a?_method=PUT`, { method: 'POST', headers })).json()).toMatchObject({
      method: 'POST',
      path: '/a',
    })
  })

  it('answers before an unread body breaks the connection', async () => {
    const { port } = await start(async () => ({ status: 404, headers: {}, body: 'no' }))
    const client = await connectRaw(port)
    client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`)
    await client.until(/\r\n\r\nno$/)
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect((await client.untilClosed()).match(/404 Not Found/g)).toHaveLength(2)
  })
})
