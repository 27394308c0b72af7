import { describe, expect, it } from 'vitest'
import { type ClientOptions, createClient } from '../calls/client.ts'
import { type Reaction, startHttpServer } from '../testing/http-server.ts'
import { countingRandom, manualClock } from '../testing/manual-clock.ts'
import { problem } from '../testing/session-rules.ts'

const id = { params: { path: { id: '0'.repeat(22) } } }
const ok = { status: 200, json: {} }

/** A client of a server that reacts as listed, and then well. */
async function startFaulty(reactions: Reaction[], options: Partial<ClientOptions> = {}) {
  const server = await startHttpServer(() => reactions.shift() ?? ok)
  const clock = manualClock()
  const client = createClient({ baseUrl: server.url, clock, random: countingRandom(), auth: () => 'abc', ...options })
  return { server, clock, client }
}

describe('a call that fails for a while', () => {
  it.each<[string, Reaction]>([
    ['cut before an answer', { cut: 'before' }],
    ['408', { status: 408 }],
    ['429', problem(429, 'throttled')],
    ['502', { status: 502 }],
    ['503', problem(503, 'unavailable')],
    ['504', { status: 504 }],
  ])('is repeated twice after %s', async (_, fault) => {
    const { server, client } = await startFaulty([fault, fault])
    expect((await client.GET('/v1/me')).response.status).toBe(200)
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer abc'))
  })

  it('ends with the last fault after two repetitions', async () => {
    const faults = Array<Reaction>(3).fill({ cut: 'before' })
    const { server, client } = await startFaulty([...faults, ...Array<Reaction>(3).fill(problem(503, 'unavailable'))])
    await expect(client.GET('/v1/me')).rejects.toMatchObject({ code: 'transport_failed' })
    expect(server.received).toHaveLength(3)
    expect((await client.GET('/v1/me')).error).toMatchObject({ code: 'unavailable' })
    expect(server.received).toHaveLength(6)
  })

  it.each([0, 1, 4])('is repeated %i times where the option says so', async (retries) => {
    const { server, client } = await startFaulty(Array<Reaction>(9).fill({ status: 502 }), { retries })
    expect((await client.GET('/v1/me')).response.status).toBe(502)
    expect(server.received).toHaveLength(retries + 1)
  })

  it.each([400, 401, 403, 404, 409, 500, 501])('is not repeated after %i', async (status) => {
    const { server, client } = await startFaulty([{ status }])
    expect((await client.GET('/v1/me')).response.status).toBe(status)
    expect(server.received).toHaveLength(1)
  })

  it('waits for a random part of a time that doubles (full jitter)', async () => {
    const parts = [255, 255, 128, 128, 0, 0]
    const random = { bytes: (count: number) => Uint8Array.from({ length: count }, () => parts.shift() ?? 0) }
    const { clock, client } = await startFaulty(Array<Reaction>(6).fill({ cut: 'before' }), { random })
    for (let turn = 0; turn < 2; turn += 1) await expect(client.GET('/v1/me')).rejects.toThrow()
    const [first, second, third, fourth] = clock.pauses
    expect([first, second]).toEqual([(0.25 * 255) / 256, (0.5 * 255) / 256])
    expect([third, fourth]).toEqual([0.125, 0.25])
  })
})

describe('Retry-After', () => {
  it('is the least pause', async () => {
    const { clock, client } = await startFaulty([problem(429, 'throttled', { 'Retry-After': '7' })])
    expect((await client.GET('/v1/me')).response.status).toBe(200)
    expect(clock.pauses).toEqual([7])
  })

  it.each([
    ['the time limit', '10', 9],
    ['30 s, without a time limit', '31', Number.POSITIVE_INFINITY],
  ])('that exceeds %s is left to the caller', async (_, seconds, timeoutSeconds) => {
    const throttled = problem(429, 'throttled', { 'Retry-After': seconds })
    const { server, clock, client } = await startFaulty([throttled], { timeoutSeconds })
    const { error, response } = await client.GET('/v1/me')
    expect(error).toMatchObject({ code: 'throttled' })
    expect(response.headers.get('Retry-After')).toBe(seconds)
    expect(clock.pauses).toEqual([])
    expect(server.received).toHaveLength(1)
  })

  it('counts all pauses of a call against its time limit', async () => {
    const throttled = problem(429, 'throttled', { 'Retry-After': '6' })
    const { server, clock, client } = await startFaulty([throttled, throttled], { timeoutSeconds: 10 })
    expect((await client.GET('/v1/me')).response.status).toBe(429)
    expect(clock.pauses).toEqual([6])
    expect(server.received).toHaveLength(2)
  })
})

describe('what is repeated', () => {
  const password = { current_password: 'correct horse', new_password: 'battery staple' }

  it('is a PUT with its body, and a DELETE', async () => {
    const { server, client } = await startFaulty([{ status: 502 }, { status: 204 }, { cut: 'before' }, { status: 204 }])
    await client.PUT('/v1/me/password', { body: password })
    await client.DELETE('/v1/tokens/{id}', id)
    expect(server.received.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'DELETE', 'DELETE'])
    expect(server.received.slice(0, 2).map(({ body }) => JSON.parse(body))).toEqual([password, password])
  })

  it('is a POST with an idempotency key, as it was', async () => {
    const { server, client } = await startFaulty([{ cut: 'before' }])
    const headers = { 'Idempotency-Key': 'key-1' }
    await client.POST('/v1/tokens', { body: { label: 'x' }, headers })
    expect(server.received.map(({ headers }) => headers['idempotency-key'])).toEqual(['key-1', 'key-1'])
    expect(server.received.map(({ body }) => JSON.parse(body))).toEqual([{ label: 'x' }, { label: 'x' }])
  })

  it('is no POST and no PATCH without one', async () => {
    const { server, client } = await startFaulty([{ cut: 'before' }, { status: 503 }])
    await expect(client.POST('/v1/tokens', { body: { label: 'x' } })).rejects.toThrow()
    await client.PATCH('/v1/users/{id}', { ...id, body: { role: 'viewer' } })
    expect(server.received).toHaveLength(2)
  })

  it('is no login, with a key or by GET', async () => {
    const { server, client } = await startFaulty(Array<Reaction>(3).fill({ status: 503 }))
    const headers = { 'Idempotency-Key': 'key-1' }
    await client.POST('/v1/sessions', { body: { username: 'ada', password: 'x' }, headers })
    const request = client.request as (method: string, path: string) => Promise<unknown>
    await request('get', '/manifold-api/login')
    await request('get', '/api/createApiToken')
    expect(server.received).toHaveLength(3)
  })

  it('is nothing after the caller has aborted', async () => {
    const controller = new AbortController()
    const { server, client } = await startFaulty([
      {
        raw: (response) => {
          controller.abort(new RangeError('enough'))
          response.destroy()
        },
      },
    ])
    await expect(client.GET('/v1/me', { signal: controller.signal })).rejects.toThrow(RangeError)
    expect(server.received).toHaveLength(1)
  })
})

it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s as the number of repetitions', (retries) => {
  expect(() => createClient({ baseUrl: 'https://auth.example', retries })).toThrow(TypeError)
})
