import { readFileSync } from 'node:fs'
import {
  clientCredentials,
  createClient,
  manifoldBasic,
  memoryStore,
  type PasswordSessionOptions,
  ProblemError,
  passwordSession,
  staticToken,
  TransportError,
  unwrap,
} from '@countersign/client'
import { startTestServer, type TestServer, testClock } from '@countersign/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { manualClock } from '../src/testing/manual-clock.ts'
import { type CuttingProxy, type Fate, startCuttingProxy } from './cutting-proxy.ts'

const password = 'correct horse battery staple'

const loginCall = 'POST /v1/sessions'
const refreshCall = 'POST /v1/sessions/refresh'
const manifoldCall = 'GET /manifold-api/login'
/** A second longer than access tokens of people, and those of machines, live. */
const [sessionAccessSeconds, machineAccessSeconds] = [601, 3601]

const time = testClock()
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({
    dialects: ['manifold'],
    clock: time,
    users: [{ username: 'owner', role: 'owner', password }],
  })
})
afterAll(() => server.close())

/** The way to the server; it treats the refreshes as `fates` says, in order. */
async function network(fates: Fate[] = []): Promise<CuttingProxy> {
  const fateOf = (call: string) => (call === refreshCall ? fates.shift() : undefined) ?? 'delivered'
  const proxy = await startCuttingProxy(server.url, { fateOf })
  onTestFinished(proxy.close)
  return proxy
}

/** A client of the owner's, with a clock and a network of its own. */
async function ownersClient(session: PasswordSessionOptions = {}, fates: Fate[] = []) {
  const proxy = await network(fates)
  const clock = manualClock()
  const store = memoryStore()
  const auth = passwordSession({ username: 'owner', password, store, ...session })
  const client = createClient({ baseUrl: proxy.url, auth, clock })
  const sessionId = async () => (await unwrap(client.GET('/v1/sessions/current'))).id
  return { client, clock, store, proxy, me: () => unwrap(client.GET('/v1/me')), sessionId }
}

/** A SessionExpiredError that says why, as the server said it. */
const over = (refusal: string) => ({
  code: 'session_expired',
  refusal,
  detail: expect.stringMatching(/^[A-Z].+ .+\.$/),
})

/** What was added to the audit trail meanwhile. */
async function added(work: () => Promise<unknown>, ...actions: string[]): Promise<Readonly<Record<string, number>>> {
  const before = await server.auditCounts()
  await work()
  const after = await server.auditCounts()
  return Object.fromEntries(actions.map((action) => [action, (after[action] ?? 0) - (before[action] ?? 0)]))
}

/** Somebody else ends a session. */
async function revoke(id: string): Promise<void> {
  const { client } = await ownersClient()
  await unwrap(client.DELETE('/v1/authorizations/{id}', { params: { path: { id } } }))
}

describe('a session with a password', () => {
  it('begins with the first calls, once for all of them', async () => {
    const { me, proxy } = await ownersClient()
    const answers = await Promise.all([me(), me(), me()])
    expect(answers.map(({ username, role }) => `${username}: ${role}`)).toEqual(Array(3).fill('owner: owner'))
    expect(proxy.seen(loginCall)).toHaveLength(1)
  })

  it('is refreshed ahead of its expiry, so that no call is refused', async () => {
    const { me, sessionId, clock, proxy } = await ownersClient()
    const id = await sessionId()
    const rotations = await added(
      async () => {
        for (let minutes = 0; minutes < 60; minutes += 1) {
          time.advance(60)
          clock.advance(60)
          await me()
        }
      },
      'authorization_rotated',
      'authorization_created',
      'authorization_reused',
    )
    expect(rotations).toEqual({ authorization_rotated: 6, authorization_created: 0, authorization_reused: 0 })
    expect(await sessionId()).toBe(id)
    expect(proxy.exchanges.filter(({ status }) => status === 401)).toEqual([])
    expect(new Set(proxy.seen(refreshCall).map(({ headers }) => headers['idempotency-key'])).size).toBe(6)
  })

  it('is refreshed after a 401, and the call is repeated once with its body', async () => {
    const { client, me, proxy } = await ownersClient()
    await me()
    time.advance(sessionAccessSeconds)
    const body = { username: 'grace', role: 'viewer', password: 'correct horse battery staple' } as const
    expect(await unwrap(client.POST('/v1/users', { body }))).toMatchObject({ username: 'grace', role: 'viewer' })
    const sent = proxy.seen('POST /v1/users')
    expect(sent.map(({ status }) => status)).toEqual([401, 201])
    expect(sent.map((exchange) => JSON.parse(exchange.body))).toEqual([body, body])
    expect(sent[0]?.headers.authorization).not.toBe(sent[1]?.headers.authorization)
    expect(proxy.seen(refreshCall)).toHaveLength(1)
  })

  it.each(['the server alone knows', 'the client knows, too'])(
    'N-263 is refreshed once on the wire for 100 concurrent calls with an expired token, of which %s',
    async (who) => {
      const { me, clock, proxy } = await ownersClient()
      await me()
      time.advance(sessionAccessSeconds)
      if (who === 'the client knows, too') clock.advance(sessionAccessSeconds)
      const hundredCalls = () => Promise.all(Array.from({ length: 100 }, me))
      expect(await added(hundredCalls, 'authorization_rotated')).toEqual({ authorization_rotated: 1 })
      expect(proxy.seen(refreshCall)).toHaveLength(1)
      expect(proxy.seen(loginCall)).toHaveLength(1)
      expect(proxy.seen('GET /v1/me').filter(({ status }) => status === 200)).toHaveLength(101)
    },
  )

  it.each<Fate>(['never sent', 'answer lost', 'answer cut'])(
    'N-265 survives refreshes of which the first two are "%s": they are repeated with the same key',
    async (fate) => {
      const { me, sessionId, proxy } = await ownersClient({ relogin: false }, [fate, fate])
      const id = await sessionId()
      time.advance(sessionAccessSeconds)
      const actions = ['authorization_rotated', 'authorization_reused']
      expect(await added(me, ...actions)).toEqual({ authorization_rotated: 1, authorization_reused: 0 })
      expect(await sessionId()).toBe(id)
      const refreshes = proxy.seen(refreshCall)
      expect(refreshes.map((exchange) => exchange.fate)).toEqual([fate, fate, 'delivered'])
      expect(new Set(refreshes.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
      // The same successor, whichever answer came: the next refresh spends it.
      time.advance(sessionAccessSeconds)
      expect(await added(me, ...actions)).toEqual({ authorization_rotated: 1, authorization_reused: 0 })
    },
  )

  it('N-265 is over when the answer was lost for longer than the retry window, and says why', async () => {
    const { me, clock } = await ownersClient({ relogin: false }, Array(4).fill('answer lost'))
    await me()
    time.advance(sessionAccessSeconds)
    await expect(me()).rejects.toThrow(TransportError)
    time.advance(62)
    clock.advance(62)
    const actions = ['authorization_rotated', 'authorization_reused', 'refresh_late']
    const late = () => expect(me()).rejects.toMatchObject(over('grant_invalid'))
    const told = { authorization_rotated: 0, authorization_reused: 0, refresh_late: 1 }
    expect(await added(late, ...actions)).toEqual(told)
  })

  it('filters the audit trail by typed parameters', async () => {
    const { client, sessionId } = await ownersClient()
    const query = { authorization_id: await sessionId(), action: 'authorization_created', from: 0, limit: 5 }
    const { events, next_cursor: next } = await unwrap(client.GET('/v1/audit', { params: { query } }))
    expect(events).toMatchObject([{ action: 'authorization_created', authorization_id: query.authorization_id }])
    expect(next).toBeNull()
  })

  it('N-264 that two processes begin at once is one session: the one that was not stored is ended', async () => {
    const store = memoryStore()
    const auth = passwordSession({ username: 'owner', password, store })
    const processes = [1, 2].map(() => createClient({ baseUrl: server.url, auth }))
    const sessionIds = () =>
      Promise.all(processes.map(async (client) => (await unwrap(client.GET('/v1/sessions/current'))).id))
    expect(await added(sessionIds, 'authorization_created', 'authorization_revoked')).toEqual({
      authorization_created: 2,
      authorization_revoked: 1,
    })
    expect(new Set(await sessionIds()).size).toBe(1)
  })

  it('reads the server’s retry window once', async () => {
    const { me, proxy } = await ownersClient()
    await me()
    for (let turn = 0; turn < 3; turn += 1) {
      time.advance(sessionAccessSeconds)
      await me()
    }
    expect(proxy.seen(refreshCall)).toHaveLength(3)
    expect(proxy.seen('GET /.well-known/oauth-authorization-server')).toHaveLength(1)
  })

  it('N-266 that was revoked is a SessionExpiredError, and the server gets no more requests', async () => {
    const { me, sessionId, store, proxy } = await ownersClient({ relogin: false })
    await revoke(await sessionId())
    await expect(me()).rejects.toMatchObject(over('grant_invalid'))
    expect(await store.read()).toBeUndefined()
    const asked = proxy.exchanges.length
    await expect(me()).rejects.toMatchObject(over('grant_invalid'))
    expect(proxy.exchanges).toHaveLength(asked)
  })

  it('N-266 that was revoked begins again where the password is known, unseen by the call', async () => {
    const { me, sessionId, proxy } = await ownersClient()
    const id = await sessionId()
    await revoke(id)
    expect(await me()).toMatchObject({ username: 'owner' })
    expect(await sessionId()).not.toBe(id)
    expect(proxy.seen(loginCall)).toHaveLength(2)
    expect(proxy.seen(refreshCall).map(({ status }) => status)).toEqual([401])
  })

  it('ends with signOut, at the server and in the store', async () => {
    const { client, me, store } = await ownersClient()
    await me()
    const { accessToken = '' } = (await store.read()) ?? {}
    const present = () => fetch(`${server.url}/v1/me`, { headers: { Authorization: `Bearer ${accessToken}` } })
    expect((await present()).status).toBe(200)
    await client.signOut()
    expect((await present()).status).toBe(401)
    expect(await store.read()).toBeUndefined()
    expect(await me()).toMatchObject({ username: 'owner' })
  })

  it.each(['the server alone knows', 'the client knows, too'])(
    'ends with signOut at the server when its access token has expired, of which %s',
    async (who) => {
      const { client, me, clock, store } = await ownersClient({ relogin: false })
      await me()
      time.advance(sessionAccessSeconds)
      if (who === 'the client knows, too') clock.advance(sessionAccessSeconds)
      const actions = ['authorization_created', 'authorization_rotated', 'authorization_revoked']
      expect(await added(client.signOut, ...actions)).toEqual({
        authorization_created: 0,
        authorization_rotated: 1,
        authorization_revoked: 1,
      })
      expect(await store.read()).toBeUndefined()
    },
  )

  it('that was never begun is signed out without a login', async () => {
    const { client, proxy } = await ownersClient()
    await client.signOut()
    expect(proxy.exchanges).toEqual([])
  })

  it('that is over already is signed out without an error', async () => {
    const { client, sessionId, store } = await ownersClient({ relogin: false })
    await revoke(await sessionId())
    await client.signOut()
    expect(await store.read()).toBeUndefined()
  })

  it('does not send a refused password twice', async () => {
    const { me, proxy } = await ownersClient({ password: 'not the password of anybody' })
    await expect(me()).rejects.toMatchObject({ name: 'ProblemError', code: 'credentials_invalid', status: 401 })
    await expect(me()).rejects.toMatchObject(over('credentials_invalid'))
    expect(proxy.seen(loginCall)).toHaveLength(1)
  })

  it('does not begin while the password must be changed, reports that, and does not send the password twice', async () => {
    const { client } = await ownersClient()
    const [given, chosen] = ['a password that the owner made up', 'a quiet lighthouse keeps its own hours']
    const body = { username: 'newcomer', role: 'viewer', password: given, must_change: true } as const
    await unwrap(client.POST('/v1/users', { body }))
    const { me, proxy } = await ownersClient({ username: 'newcomer', password: given })
    await expect(me()).rejects.toMatchObject({ name: 'ProblemError', code: 'password_must_change' })
    await expect(me()).rejects.toMatchObject(over('password_must_change'))
    expect(proxy.seen(loginCall)).toHaveLength(1)

    const begun = await unwrap(client.POST('/v1/sessions', { body: { username: 'newcomer', password: given } }))
    const changing = createClient({ baseUrl: proxy.url, auth: staticToken(begun.access_token) })
    const change = { current_password: given, new_password: chosen }
    await unwrap(changing.PUT('/v1/me/password', { body: change }))
    const newcomer = await ownersClient({ username: 'newcomer', password: chosen })
    expect((await newcomer.me()).username).toBe('newcomer')
  })
})

describe('refusals', () => {
  it('are ProblemErrors with the code of the contract', async () => {
    const { client } = await ownersClient()
    const nobody = unwrap(client.GET('/v1/users/{id}', { params: { path: { id: '0'.repeat(22) } } }))
    await expect(nobody).rejects.toThrow(ProblemError)
    await expect(nobody).rejects.toMatchObject({ code: 'not_found', status: 404 })
    const body = { current_password: password, new_password: 'too short' }
    await expect(unwrap(client.PUT('/v1/me/password', { body }))).rejects.toMatchObject({
      code: 'password_unacceptable',
      status: 422,
      reason: 'too_short',
    })
  })

  it('name the member that is at fault', async () => {
    const { client } = await ownersClient()
    const body = { username: '', role: 'viewer' } as const
    await expect(unwrap(client.POST('/v1/users', { body }))).rejects.toMatchObject({
      code: 'request_invalid',
      errors: [{ pointer: expect.stringContaining('username'), detail: expect.any(String) }],
    })
  })
})

// The client's source is for servers that speak the dialect; this one may have been built without.
const { paths } = JSON.parse(readFileSync(new URL('../../../spec/gen/openapi.json', import.meta.url), 'utf8'))
describe.skipIf(paths['/manifold-api/login'] === undefined)('a session of the Manifold dialect', () => {
  it('begins with Basic, continues with its refresh token, and begins again when that is refused', async () => {
    const proxy = await network()
    const auth = manifoldBasic({ username: 'owner', password })
    const client = createClient({ baseUrl: proxy.url, auth, clock: manualClock() })
    const request = client.request as (method: string, path: string) => Promise<{ data: unknown; response: Response }>
    const info = () => unwrap(request('get', '/manifold-api/v3-preview'))
    expect(await info()).toMatchObject({ product_name: expect.any(String) })
    time.advance(sessionAccessSeconds)
    await info()
    const seen = () => proxy.seen(manifoldCall).map(({ headers }) => headers.authorization?.split(' ')[0])
    expect(seen()).toEqual(['Basic', 'Bearer'])
    expect(proxy.seen(manifoldCall)[1]?.headers['idempotency-key']).toMatch(/^[\w-]{22}$/)

    const owner = await ownersClient()
    const { authorizations } = await unwrap(owner.client.GET('/v1/authorizations'))
    const [it] = authorizations.filter(({ dialect }) => dialect === 'manifold')
    await revoke(it?.id ?? '')
    await info()
    expect(seen()).toEqual(['Basic', 'Bearer', 'Bearer', 'Basic'])
    expect(await added(client.signOut, 'authorization_revoked')).toEqual({ authorization_revoked: 1 })
  })
})

async function registered(name: string) {
  const { id, secret } = await server.addClient({ name })
  return { clientId: id, clientSecret: secret }
}

describe('a client with client credentials', () => {
  it('gets one token for many calls, and another when it has expired', async () => {
    const proxy = await network()
    const auth = clientCredentials(await registered('backup'))
    const client = createClient({ baseUrl: proxy.url, auth, clock: manualClock() })
    const list = () => unwrap(client.GET('/v1/authorizations'))
    await Promise.all(Array.from({ length: 20 }, list))
    expect(proxy.seen('POST /oauth2/token')).toHaveLength(1)
    time.advance(machineAccessSeconds)
    await Promise.all(Array.from({ length: 20 }, list))
    expect(proxy.seen('POST /oauth2/token').map(({ status }) => status)).toEqual([200, 200])
  })

  it('revokes its token with signOut', async () => {
    const proxy = await network()
    const client = createClient({ baseUrl: proxy.url, auth: clientCredentials(await registered('leaver')) })
    await unwrap(client.GET('/v1/authorizations'))
    const { authorization } = proxy.exchanges.at(-1)?.headers ?? {}
    const present = () => fetch(`${server.url}/v1/authorizations`, { headers: { Authorization: `${authorization}` } })
    expect((await present()).status).toBe(200)
    await client.signOut()
    expect((await present()).status).toBe(401)
  })

  it('gets an error when its secret is wrong', async () => {
    const { clientId } = await registered('impostor')
    const auth = clientCredentials({ clientId, clientSecret: 'cs_key_guessed' })
    const client = createClient({ baseUrl: server.url, auth })
    await expect(client.GET('/v1/authorizations')).rejects.toMatchObject({ code: 'invalid_client', status: 401 })
  })
})
