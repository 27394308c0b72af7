// The sources of the dialects, and TOTP, against the server itself.
import { readFileSync } from 'node:fs'
import {
  type Auth,
  type Client,
  createClient,
  memoryStore,
  paginate,
  passwordSession,
  unwrap,
} from '@countersign/client'
import { cikitCode, efaClient, efaSystem, efaUser, insightToken, lyveAccessKey } from '@countersign/client/dialects'
import { startTestServer, type TestServer, testClock } from '@countersign/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ManualClock, manualClock } from '../src/testing/manual-clock.ts'
import { codeAt } from './authenticator.ts'
import { type CuttingProxy, type Fate, startCuttingProxy } from './cutting-proxy.ts'

const password = 'correct horse battery staple'

const time = testClock()
let server: TestServer
let owner: Client

beforeAll(async () => {
  server = await startTestServer({
    dialects: ['cikit', 'efa', 'insight', 'lyve'],
    clock: time,
    users: [
      { username: 'owner', role: 'owner', password },
      { username: 'vera', role: 'viewer', password },
    ],
  })
  owner = createClient({ baseUrl: server.url, auth: passwordSession({ username: 'owner', password }) })
})
afterAll(() => server.close())

/** Advances the clocks of the client and of the server. */
function pass(clock: ManualClock, seconds: number): void {
  time.advance(seconds)
  clock.advance(seconds)
}

/** A client with a clock and a network of its own. The dialects' paths are called untyped: a server may lack them. */
async function clientOf(auth: Auth, fateOf?: (call: string) => Fate) {
  const proxy = await startCuttingProxy(server.url, fateOf ? { fateOf } : {})
  onTestFinished(proxy.close)
  const clock = manualClock()
  // The manual clock does not know the date, which only the store needs.
  clock.setWallClock(time.now())
  const client = createClient({ baseUrl: proxy.url, auth, clock })
  const request = client.request as (method: string, path: string) => Promise<{ data: unknown; response: Response }>
  return { client, clock, proxy, call: (method: string, path: string) => unwrap(request(method, path)) }
}

const callsTo = (proxy: CuttingProxy, path: string) => proxy.exchanges.filter((exchange) => exchange.path === path)

/** What was added to the audit trail meanwhile. */
async function added(work: () => Promise<unknown>, ...actions: string[]): Promise<Readonly<Record<string, number>>> {
  const before = await server.auditCounts()
  await work()
  const after = await server.auditCounts()
  return Object.fromEntries(actions.map((action) => [action, (after[action] ?? 0) - (before[action] ?? 0)]))
}

/** A user with an authenticator, which shows a new code each time that it is asked. */
async function enrolled(username: string, factors: ('password' | 'totp')[]) {
  const shown = factors.includes('password') ? { password } : {}
  await owner.signOut()
  const body = { username, role: 'viewer', required_factors: factors, ...shown } as const
  const { totp } = await unwrap(owner.POST('/v1/users', { body }))
  const asked: string[] = []
  const code = () => {
    // Each code works once; the next one is half a minute later.
    time.advance(30)
    asked.push(codeAt(totp?.secret ?? '', time.now()))
    return asked.at(-1) ?? ''
  }
  return { asked, code }
}

// The sources are for servers that speak the dialects; this one may have been built without.
const { paths } = JSON.parse(readFileSync(new URL('../../../spec/gen/openapi.json', import.meta.url), 'utf8'))
const ofDialect = (path: string) => describe.skipIf(paths[path] === undefined)

describe('a session with a password and an authenticator', () => {
  it('asks for a code at each login, and for none at a refresh', async () => {
    const { asked, code } = await enrolled('totem', ['password', 'totp'])
    const auth = passwordSession({ username: 'totem', password, totp: async () => code() })
    const { client, clock } = await clientOf(auth)
    const name = async () => (await unwrap(client.GET('/v1/me'))).username
    expect(await name()).toBe('totem')
    pass(clock, 601)
    expect(await name()).toBe('totem')
    expect(asked).toHaveLength(1)
    await client.signOut()
    expect(await name()).toBe('totem')
    expect(new Set(asked).size).toBe(2)
  })

  it('takes the code beside credentials that are typed', async () => {
    const { code } = await enrolled('typist', ['password', 'totp'])
    const auth = passwordSession({ credentials: async () => ({ username: 'typist', password }), totp: code })
    const { client } = await clientOf(auth)
    expect(await unwrap(client.GET('/v1/me'))).toMatchObject({ username: 'typist' })
  })

  it('is refused with a wrong code, and shows it in no error', async () => {
    await enrolled('guesser', ['password', 'totp'])
    const { client } = await clientOf(passwordSession({ username: 'guesser', password, totp: () => '000000' }))
    const failure = await client.GET('/v1/me').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'credentials_invalid' })
    expect(JSON.stringify(failure) + String(failure)).not.toContain('000000')
  })

  it('is not begun again when the answer to its login is lost', async () => {
    const fateOf = (call: string): Fate => (call === 'POST /v1/sessions' ? 'answer lost' : 'delivered')
    const { client, proxy } = await clientOf(passwordSession({ username: 'vera', password }), fateOf)
    await expect(client.GET('/v1/me')).rejects.toMatchObject({ code: 'transport_failed' })
    expect(callsTo(proxy, '/v1/sessions')).toHaveLength(1)
  })
})

ofDialect('/api/v1/user/auth')('a session of the CIKit dialect', () => {
  it('begins with a code, is refreshed with a retry key, and ends with signOut', async () => {
    const { asked, code } = await enrolled('cikit-user', ['totp'])
    const store = memoryStore()
    let losses = 1
    const fateOf = (call: string): Fate =>
      call === 'POST /api/v1/user/auth/refresh' && losses-- > 0 ? 'answer lost' : 'delivered'
    const { client, clock, proxy, call } = await clientOf(cikitCode({ username: 'cikit-user', code, store }), fateOf)
    const list = () => call('post', '/api/v1/droplet/list')
    expect(await Promise.all([list(), list()])).toEqual([expect.any(Array), expect.any(Array)])
    pass(clock, 7201)
    await list()
    const refreshes = callsTo(proxy, '/api/v1/user/auth/refresh')
    expect(refreshes.map(({ fate }) => fate)).toEqual(['answer lost', 'delivered'])
    expect(new Set(refreshes.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    expect(callsTo(proxy, '/api/v1/user/auth')).toHaveLength(1)
    expect(asked).toHaveLength(1)
    expect(await store.read()).toMatchObject({ kind: 'cikit', username: 'cikit-user' })
    expect(await added(client.signOut, 'authorization_revoked')).toEqual({ authorization_revoked: 1 })
    expect(await store.read()).toBeUndefined()
  })

  it('is refused with a wrong code: credentials_invalid, without the code', async () => {
    await enrolled('cikit-guesser', ['totp'])
    const { call } = await clientOf(cikitCode({ username: 'cikit-guesser', code: () => '000000' }))
    const failure = await call('post', '/api/v1/droplet/list').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'credentials_invalid', status: 400, detail: 'TOTP code invalid' })
    expect(JSON.stringify(failure)).not.toContain('000000')
  })

  it('that another login of the user ended is over, and begins again only if that is allowed', async () => {
    const { code } = await enrolled('cikit-twice', ['totp'])
    const first = await clientOf(cikitCode({ username: 'cikit-twice', code }))
    const second = await clientOf(cikitCode({ username: 'cikit-twice', code, relogin: true }))
    await first.call('post', '/api/v1/droplet/list')
    await second.call('post', '/api/v1/droplet/list')
    await expect(first.call('post', '/api/v1/droplet/list')).rejects.toMatchObject({ code: 'session_expired' })
    await clientOf(cikitCode({ username: 'cikit-twice', code })).then((third) =>
      third.call('post', '/api/v1/droplet/list'),
    )
    expect(await second.call('post', '/api/v1/droplet/list')).toEqual(expect.any(Array))
  })
})

ofDialect('/v1/auth/token/access-token')('sessions of the EFA dialect', () => {
  const validate = '/v1/auth/token/validate'

  it('of a user begins with the password, is refreshed with a retry key, and ends with signOut', async () => {
    const { client, clock, proxy, call } = await clientOf(efaUser({ username: 'vera', password }))
    await Promise.all([call('get', validate), call('get', validate)])
    pass(clock, 3601)
    await call('get', validate)
    expect(callsTo(proxy, '/v1/auth/token/access-token')).toHaveLength(1)
    const [refresh] = callsTo(proxy, '/v1/auth/token/refresh')
    expect(refresh).toMatchObject({ status: 200, headers: { 'idempotency-key': expect.stringMatching(/^[\w-]{22}$/) } })
    expect(await added(client.signOut, 'authorization_revoked')).toEqual({ authorization_revoked: 1 })
  })

  it('of a user whose password is refused sends it once', async () => {
    const { proxy, call } = await clientOf(efaUser({ username: 'vera', password: 'not the password of vera' }))
    await expect(call('get', validate)).rejects.toMatchObject({ code: 'credentials_invalid', status: 401 })
    await expect(call('get', validate)).rejects.toMatchObject({ code: 'session_expired' })
    expect(callsTo(proxy, '/v1/auth/token/access-token')).toHaveLength(1)
  })

  it('of a user through a client have no refresh token: the password is presented again', async () => {
    const registered = await server.addClient({ name: 'efa' })
    const auth = efaClient({ username: 'vera', password, clientId: registered.id })
    const { client, clock, proxy, call } = await clientOf(auth)
    await call('get', validate)
    pass(clock, 3601)
    await call('get', validate)
    expect(callsTo(proxy, '/v1/auth/token/client-access-token').map(({ status }) => status)).toEqual([200, 200])
    expect(await added(client.signOut, 'authorization_revoked')).toEqual({ authorization_revoked: 1 })
  })

  it('of an unknown client is refused as wrong credentials', async () => {
    const { call } = await clientOf(efaClient({ username: 'vera', password, clientId: '0'.repeat(22) }))
    await expect(call('get', validate)).rejects.toMatchObject({ code: 'credentials_invalid', detail: 'Unknown client' })
  })

  it.each(['native', 'of the dialect'])(
    'of a system begins with a session of the owner, %s, and goes on without it',
    async (kind) => {
      const source = kind === 'native' ? passwordSession : efaUser
      const store = memoryStore()
      const auth = efaSystem({ owner: source({ username: 'owner', password }), store })
      const { client, clock, proxy, call } = await clientOf(auth)
      await call('get', validate)
      pass(clock, 86_401)
      await call('get', validate)
      const issued = callsTo(proxy, '/v1/auth/token/system-access-token')
      expect(issued.map(({ status }) => status)).toEqual([200])
      expect(callsTo(proxy, '/v1/auth/token/refresh').map(({ status }) => status)).toEqual([200])
      expect(await store.read()).toMatchObject({ kind: 'efa-system' })
      expect(await added(client.signOut, 'authorization_revoked')).toEqual({ authorization_revoked: 1 })
    },
  )

  it('of a system are not issued to another user', async () => {
    const auth = efaSystem({ owner: efaUser({ username: 'vera', password }) })
    const { call } = await clientOf(auth)
    await expect(call('get', validate)).rejects.toMatchObject({ code: 'access_denied', status: 403 })
  })

  it('of a system whose owner has no token is a SessionExpiredError', async () => {
    const auth = efaSystem({ owner: () => undefined })
    const { call } = await clientOf(auth)
    await expect(call('get', validate)).rejects.toMatchObject({ code: 'session_expired' })
  })
})

ofDialect('/v2/auth/token')('an account of the Lyve dialect', () => {
  async function accessKey() {
    const { id, secret } = await server.addClient({ name: 'archive' })
    const params = { path: { id } }
    const { credentials } = await unwrap(owner.GET('/v1/clients/{id}/credentials', { params }))
    return { accountId: 'archive', accessKey: credentials[0]?.id ?? '', secret }
  }

  it('gets one token for many calls, and another ahead of its expiry', async () => {
    const key = await accessKey()
    const { client, clock, proxy, call } = await clientOf(lyveAccessKey(key))
    const left = () => call('get', '/v2/auth/token')
    const answers = await Promise.all([left(), left(), left()])
    expect(answers[0]).toEqual({ expirationSec: expect.any(Number) })
    const issued = () => callsTo(proxy, '/v2/auth/token').filter(({ method }) => method === 'POST')
    expect(issued()).toHaveLength(1)
    pass(clock, 86_390)
    await left()
    expect(issued()).toHaveLength(2)
    await client.signOut()
    await left()
    expect(issued()).toHaveLength(3)
  })

  it('whose key is refused sends it once, and shows it in no error', async () => {
    const auth = lyveAccessKey({ accountId: 'archive', accessKey: '0'.repeat(22), secret: 'cs_key_guessed' })
    const { proxy, call } = await clientOf(auth)
    const failure = await call('get', '/v2/auth/token').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'credentials_invalid', status: 403 })
    expect(JSON.stringify(failure) + String(failure)).not.toContain('cs_key_guessed')
    await expect(call('get', '/v2/auth/token')).rejects.toMatchObject({ code: 'session_expired' })
    expect(proxy.exchanges).toHaveLength(1)
  })
})

ofDialect('/api/authenticate/userpass')('a token of the Insight dialect', () => {
  it('is created once, serves the calls of the dialect and of the native API, and is revoked with signOut', async () => {
    const { client, clock, proxy, call } = await clientOf(insightToken({ username: 'vera', password }))
    expect(await call('get', '/api/getUserRecentFiles')).toEqual([])
    pass(clock, 365 * 86_400)
    expect(await unwrap(client.GET('/v1/me'))).toMatchObject({ username: 'vera' })
    expect(callsTo(proxy, '/api/authenticate/userpass')).toHaveLength(1)
    expect(await added(client.signOut, 'authorization_revoked')).toEqual({ authorization_revoked: 1 })
    expect(await call('get', '/api/getUserRecentFiles')).toEqual([])
    expect(callsTo(proxy, '/api/authenticate/userpass')).toHaveLength(2)
  })

  it('is refused with a wrong password, which is sent once', async () => {
    const { proxy, call } = await clientOf(insightToken({ username: 'vera', password: 'not the password of vera' }))
    await expect(call('get', '/api/token')).rejects.toMatchObject({ code: 'credentials_invalid', status: 401 })
    await expect(call('get', '/api/token')).rejects.toMatchObject({ code: 'session_expired' })
    expect(proxy.exchanges).toHaveLength(1)
  })
})

it('paginate reads every list of the contract to its end', async () => {
  for (let number = 0; number < 5; number += 1) await server.addUser({ username: `listed-${number}` })
  const names: string[] = []
  for await (const { username } of paginate(owner, '/v1/users', { query: { limit: 2 } })) names.push(username)
  expect(names.filter((name) => name.startsWith('listed-'))).toHaveLength(5)
  expect(new Set(names).size).toBe(names.length)
  for (const path of ['/v1/clients', '/v1/authorizations', '/v1/tokens', '/v1/audit'] as const) {
    const items: unknown[] = []
    for await (const item of paginate(owner, path, { query: { limit: 50 } })) items.push(item)
    expect(
      items.every((item) => typeof item === 'object'),
      path,
    ).toBe(true)
  }
})
