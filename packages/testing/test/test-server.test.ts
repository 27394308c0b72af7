import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestServer, type TestServer, TestServerError, testClock } from '../src/index.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const orders = 'https://orders.example'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({
    users: [{ username: 'ada', role: 'manager' }],
    apis: [{ resource: orders, scopes: ['orders:read', { name: 'orders:write', leastRole: 'manager' }] }],
    clients: [{ name: 'nightly', apis: [{ resource: orders, scope: 'orders:read' }] }, { name: 'reader' }],
  })
})
afterAll(() => server.close())

const statusOf = async (token: string, of = server) =>
  (await fetch(`${of.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status

/** As an API of the reader would. */
const verified = (token: string, audience = orders, of = server) =>
  jwtVerify(token, createRemoteJWKSet(new URL(`${of.url}/oauth2/jwks`)), {
    issuer: of.issuer,
    audience,
    typ: 'at+jwt',
  })

describe('a token that is minted', () => {
  it('is accepted by a verifier that points at the server, for a user and for a client', async () => {
    const token = await server.mintToken({ subject: 'ada', resource: orders, role: 'viewer' })
    const { payload } = await verified(token)
    expect(payload).toMatchObject({ sub: server.user('ada').id, role: 'viewer', scope: 'orders:read' })
    const machine = await verified(await server.token('nightly'))
    expect(machine.payload).toMatchObject({ client_id: server.client('nightly').id, scope: 'orders:read' })
  })

  it('creates a user who does not exist', async () => {
    expect(await statusOf(await server.mintToken({ subject: 'eve', role: 'manager' }))).toBe(200)
    expect(server.user('eve').role).toBe('manager')
  })

  it('has expired if it is old', async () => {
    const token = await server.mintToken({ subject: 'ada', resource: orders, ageSeconds: 700 })
    await expect(verified(token)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' })
  })

  it('is revoked', async () => {
    const token = await server.token('ada')
    expect(await statusOf(token)).toBe(200)
    await server.revoke(token)
    expect(await statusOf(token)).toBe(401)
    await expect(server.revoke('made-up')).rejects.toThrow('did not issue')
  })

  it.each([
    [{ subject: 'ada', role: 'owner' }, 'ada is manager'],
    [{ subject: 'ada', resource: 'https://other.example' }, 'target_invalid'],
    [{ subject: 'ada', resource: orders, scope: 'orders:delete' }, 'scope_invalid'],
    [{ subject: 'nightly', role: 'manager' }, 'nightly is viewer'],
    [{ subject: 'ada', ageSeconds: -1 }, 'ageSeconds'],
  ] as const)('is refused where the subject cannot have it: %o', async (options, why) => {
    const refused = await server.mintToken(options).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(TestServerError)
    expect((refused as Error).message).toContain(why)
  })
})

describe('a fault', () => {
  it.each([
    [429, 'throttled'],
    [503, 'unavailable'],
  ] as const)('%i is what the client sees, as often as it was ordered', async (kind, code) => {
    const token = await server.token('ada')
    server.fail({ with: kind, operation: 'GET /v1/me', times: 2, retryAfterSeconds: 7 })
    for (const _ of [1, 2]) {
      const response = await fetch(`${server.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })
      expect([response.status, response.headers.get('retry-after')]).toEqual([kind, '7'])
      expect(await response.json()).toMatchObject({ code })
    }
    expect(await statusOf(token)).toBe(200)
  })

  it('cuts a connection that has no client of ours', async () => {
    const { username, password } = server.user('ada')
    server.fail({ with: 'cut', operation: 'createSession' })
    const login = () =>
      fetch(`${server.url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password }),
      })
    await expect(login()).rejects.toThrow('fetch failed')
    expect((await login()).status).toBe(201)
  })

  it('makes a response late', async () => {
    const token = await server.token('ada')
    server.fail({ with: { delaySeconds: 3600 }, operation: 'GET /v1/me' })
    const late = fetch(`${server.url}/v1/me`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(200),
    })
    await expect(late).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('is withdrawn', async () => {
    server.fail({ with: 503, times: Number.POSITIVE_INFINITY })
    const token = await server.token('ada')
    expect(await statusOf(token)).toBe(503)
    server.mend()
    expect(await statusOf(token)).toBe(200)
  })

  it.each([
    [{ with: 500 }, '429, 503'],
    [{ with: 429, operation: 'GET /nowhere' }, 'GET /nowhere'],
    [{ with: 429, times: 0 }, 'times'],
    [{ with: { delaySeconds: -1 } }, 'delaySeconds'],
  ])('is refused if it is none: %o', (fault, why) => {
    expect(() => server.fail(fault as never)).toThrow(TestServerError)
    expect(() => server.fail(fault as never)).toThrow(why)
  })
})

describe('the clock', () => {
  it('expires tokens when it is advanced', async () => {
    await using own = await startTestServer({ users: [{ username: 'ada' }] })
    const token = await own.token('ada')
    own.clock.advance(599)
    expect(await statusOf(token, own)).toBe(200)
    own.clock.advance(2)
    expect(await statusOf(token, own)).toBe(401)
  })

  it('stays at the time that it is set to', async () => {
    const clock = testClock({ standsAt: new Date('2030-01-01T00:00:00Z') })
    await using own = await startTestServer({ clock, users: [{ username: 'ada' }] })
    const token = await own.token('ada')
    expect(own.clock.now()).toBe(Date.parse('2030-01-01T00:00:00Z') / 1000)
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iat).toBe(own.clock.now())
    expect(() => clock.advance(-1)).toThrow(TestServerError)
  })
})

describe('the signing keys', () => {
  it('are rotated: the next one signs 360 seconds later, and both verify', async () => {
    await using own = await startTestServer({ users: [{ username: 'ada' }] })
    const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
    const before = await own.token('ada')
    const kid = await own.rotateKeys()
    expect(kidOf(await own.token('ada'))).toBe(kidOf(before))
    own.clock.advance(360)
    expect(kidOf(await own.token('ada'))).toBe(kid)
    expect(await statusOf(before, own)).toBe(200)
    expect(await own.revokeKeys()).toEqual([kidOf(before), kid])
    expect(await statusOf(before, own)).toBe(401)
    expect(await statusOf(await own.token('ada'), own)).toBe(200)
  })
})

describe('a server', () => {
  it('is one of two in a process, which know nothing of each other', async () => {
    await using one = await startTestServer({ users: [{ username: 'ada' }], dialects: ['manifold'] })
    await using other = await startTestServer({ users: [{ username: 'ada' }] })
    const token = await one.token('ada')
    expect(await Promise.all([statusOf(token, one), statusOf(token, other)])).toEqual([200, 401])
    expect(one.issuer).toBe(one.url)
  })

  it('counts what stands in the audit trail', async () => {
    const before = await server.auditCounts()
    await server.mintToken({ subject: 'ada' })
    const after = await server.auditCounts()
    expect(after.authorization_created).toBe((before.authorization_created ?? 0) + 1)
  })

  it('frees its port when it is closed, and may be closed again', async () => {
    const first = await startTestServer()
    const port = Number(new URL(first.url).port)
    await first.close()
    await first.close()
    await using second = await startTestServer({ port })
    expect(second.url).toBe(first.url)
  })

  it('keeps no memory of 100 that were closed', async () => {
    const start = async () => (await startTestServer({ users: [{ username: 'ada' }] })).close()
    const heap = () => {
      globalThis.gc?.()
      return process.memoryUsage().heapUsed / 2 ** 20
    }
    for (let n = 0; n < 20; n++) await start()
    const before = heap()
    for (let n = 0; n < 100; n++) await start()
    const grown = heap() - before
    console.log(`100 servers: ${grown.toFixed(1)} MiB more${globalThis.gc ? '' : ' (without a collection)'}`)
    expect(grown).toBeLessThan(globalThis.gc ? 30 : 300)
  })

  it.each([
    [{ user: [] }, 'user is not an option'],
    [{ users: 'ada' }, 'users is a list'],
    [{ users: [{ username: 'ada', role: 'boss' }] }, 'role is one of'],
    [{ users: [{ role: 'viewer' }] }, 'username is missing'],
    [{ users: [{ username: 'ada', password: 'x' }] }, 'password_unacceptable'],
    [{ dialects: ['esperanto'] }, 'esperanto'],
    [{ clock: {} }, 'testClock'],
    [{ apis: [{ resource: 'orders' }] }, 'api_invalid'],
    [{ clients: [{ name: 'a', apis: [{ resource: 'https://no.example' }] }] }, 'Register it first'],
    [{ settings: { nothing: '1' } }, '--nothing is not a setting'],
  ])('is refused with a clear error: %o', async (options, why) => {
    const refused = await startTestServer(options as never).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(TestServerError)
    expect((refused as Error).message).toContain(why)
  })
})
