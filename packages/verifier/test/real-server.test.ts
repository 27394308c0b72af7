// Every way in which a token ends before its time, by the server itself: it reaches the verifiers by the feed alone, since
// a silent feed is closed here.
import { type Api, localCaller, type NewApi, type NewClient } from '@countersign/core'
import { freePort, goodPassword, startTestServer, type TestServer } from '@countersign/server/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createVerifier, type Verifier, type VerifierOptions } from '../src/index.ts'
import { outcomeOf } from '../src/testing/refusal.ts'

const orders = 'https://orders.example'
const stock = 'https://stock.example'
const scopes = (name: string) => [
  { name: `${name}:read`, description: 'See.', leastRole: 'viewer' as const },
  { name: `${name}:write`, description: 'Change.', leastRole: 'manager' as const },
]

let server: TestServer
let ordersApi: Api
let program: { id: string; secret: string }
let stockProgram: { id: string; secret: string }
let users = 0

const createApi = (identifier: string, given: Partial<NewApi>) =>
  server.authority.useCases.apis.create({ name: identifier, identifier, ...given }, localCaller)

async function registered(given: Partial<NewClient>): Promise<{ id: string; secret: string }> {
  const { client, secret } = await server.client(given)
  return { id: client.id, secret }
}

beforeAll(async () => {
  server = await startTestServer({ port: await freePort(), cheapHashes: true })
  ordersApi = await createApi(orders, { scopes: scopes('orders') })
  await createApi(stock, { scopes: scopes('stock'), tokenForm: 'opaque' })
  program = await registered({ audience: [orders] })
  stockProgram = await registered({ audience: [stock] })
}, 60_000)
afterAll(() => server.close())

async function verifierOf(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const verifier = createVerifier({
    issuer: server.url,
    resource: orders,
    client: program,
    whenSilent: 'closed',
    ...options,
  })
  onTestFinished(() => verifier.close())
  await verifier.ready()
  expect(verifier.status()).toMatchObject({ isSilent: false, fault: undefined })
  return verifier
}

/** What is read of a response with tokens. */
interface SessionBody {
  readonly access_token: string
  readonly refresh_token: string
}

interface Session {
  readonly userId: string
  readonly username: string
  readonly access: string
  readonly refresh: string
}

async function session(resource: string | string[] = orders): Promise<Session> {
  const username = `user${++users}`
  const { id: userId } = await server.user(username, 'manager')
  return { userId, username, ...(await login(username, resource)) }
}

const post = (path: string, body: object, token?: string) =>
  server.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })

async function login(username: string, resource: string | string[]): Promise<{ access: string; refresh: string }> {
  const response = await post('/v1/sessions', { username, password: goodPassword, resource })
  expect(response.status).toBe(201)
  const { access_token: access, refresh_token: refresh } = (await response.json()) as SessionBody
  return { access, refresh }
}

const form = (path: string, body: Record<string, string>, client?: { id: string; secret: string }) =>
  server.fetch(path, {
    method: 'POST',
    headers: client ? { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` } : {},
    body: new URLSearchParams(body),
  })

async function clientToken(client: { id: string; secret: string }, resource = orders): Promise<string> {
  const response = await form('/oauth2/token', { grant_type: 'client_credentials', resource }, client)
  expect(response.status).toBe(200)
  return ((await response.json()) as SessionBody).access_token
}

/**
 * The token was good, ends, and is refused by every verifier: that remembers it, or sees it for the first time.
 *
 * @param codes What a refusal may say. A verifier that is silent for a moment, on a busy machine, has not refused the token.
 */
async function refusedEverywhere(token: string, end: () => Promise<unknown>, codes = ['token_revoked']): Promise<void> {
  const verifiers = [await verifierOf(), await verifierOf({ feed: 'poll', maxStalenessSeconds: 0.2 })]
  const [first] = verifiers
  for (const verifier of verifiers) expect(await outcomeOf(verifier.verify(token))).toBe('accepted')
  verifiers.push(await verifierOf())
  await end()
  const endedAt = performance.now()
  await Promise.all(
    verifiers.map((verifier) =>
      expect.poll(() => outcomeOf(verifier.verify(token)), { interval: 2, timeout: 10_000 }).toBeOneOf(codes),
    ),
  )
  console.log(`refused after ${(performance.now() - endedAt).toFixed(0)} ms, ${first?.status().revocations} held`)
}

describe('what ends at the server ends at the API', () => {
  const ends: [string, (session: Session) => Promise<unknown>][] = [
    ['logout', ({ refresh }) => form('/oauth2/revoke', { token: refresh, client_id: 'countersign' })],
    [
      'a refresh token that is used twice',
      async ({ refresh }) => {
        await post('/v1/sessions/refresh', { refresh_token: refresh })
        expect((await post('/v1/sessions/refresh', { refresh_token: refresh })).status).toBe(401)
      },
    ],
    [
      'a user who is disabled',
      ({ userId }) => server.authority.useCases.users.change({ id: userId, disabled: true }, localCaller),
    ],
    ['a user who is removed', ({ userId }) => server.authority.useCases.users.remove(userId, localCaller)],
    [
      'a password that is reset',
      ({ userId }) => server.authority.useCases.users.reset({ id: userId, password: `${goodPassword} 2` }, localCaller),
    ],
    [
      'the sessions of a user, ended by the owner',
      ({ userId }) => server.authority.useCases.revocation.revokeAllOf({ userId, personal: false }, localCaller),
    ],
  ]
  it.each(ends)('%s', async (_what, end) => {
    const ended = await session()
    const other = await session()
    const witness = await verifierOf()
    await refusedEverywhere(ended.access, () => end(ended))
    expect(await outcomeOf(witness.verify(other.access))).toBe('accepted')
  })

  it('a role that is lowered: the token is good for what the role still permits', async () => {
    const { userId, access } = await session()
    const verifier = await verifierOf()
    expect((await verifier.verify(access, { scope: 'orders:write' })).role).toBe('manager')
    await server.authority.useCases.users.change({ id: userId, role: 'viewer' }, localCaller)
    await expect
      .poll(() => outcomeOf(verifier.verify(access, { scope: 'orders:write' })), { interval: 2 })
      .toBe('scope_insufficient')
    expect(await verifier.verify(access)).toMatchObject({ role: 'viewer', scope: ['orders:read'] })
  })

  it('a client that is disabled, or removed', async () => {
    for (const end of ['disable', 'remove'] as const) {
      const client = await registered({ apis: [{ identifier: orders, scope: 'orders:read' }] })
      const token = await clientToken(client)
      const ending = () => server.authority.useCases.clients[end](client.id, localCaller)
      await refusedEverywhere(token, ending)
    }
  })

  it('one token of a client that is revoked by itself', async () => {
    const client = await registered({ apis: [{ identifier: orders, scope: 'orders:read' }] })
    const [token, other] = [await clientToken(client), await clientToken(client)]
    const witness = await verifierOf()
    await refusedEverywhere(token, () => form('/oauth2/revoke', { token }, client))
    expect(await outcomeOf(witness.verify(other))).toBe('accepted')
  })

  it('an opaque token, whose answer is remembered', async () => {
    const { access, refresh } = await session(stock)
    expect(access).not.toContain('.')
    const verifier = await verifierOf({ resource: stock, client: stockProgram })
    expect((await verifier.verify(access)).scope).toEqual(['stock:read', 'stock:write'])
    await form('/oauth2/revoke', { token: refresh, client_id: 'countersign' })
    await expect.poll(() => outcomeOf(verifier.verify(access)), { interval: 2 }).toBe('token_invalid')
  })

  it('N-699 no token of another API, of the issuer, or for refreshing is accepted', async () => {
    const { access: ofIssuer, refresh } = await session(server.url)
    const { access: ofStock } = await session(stock)
    const verifier = await verifierOf()
    for (const token of [ofIssuer, refresh, ofStock])
      expect(await outcomeOf(verifier.verify(token))).toBe('token_invalid')
  })

  it('a key that is revoked', async () => {
    const { access } = await session()
    const kidOf = (token: string): string =>
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
    const kid = kidOf(access)
    const witness = await verifierOf()
    expect(await outcomeOf(witness.verify(access))).toBe('accepted')
    // One that never had the key does not know it.
    const revoke = () => server.authority.useCases.keys.revoke(kid, localCaller)
    await refusedEverywhere(access, revoke, ['token_revoked', 'token_invalid'])
    await expect.poll(() => outcomeOf(witness.verify(access)), { interval: 2 }).toBe('token_revoked')
    const { access: renewed } = await session()
    expect(kidOf(renewed)).not.toBe(kid)
    const verifier = await verifierOf()
    expect(await outcomeOf(verifier.verify(renewed))).toBe('accepted')
  })

  it('an API that is removed', async () => {
    const { access } = await session()
    const remove = () => server.authority.useCases.apis.remove(ordersApi.id, localCaller)
    await refusedEverywhere(access, remove, ['token_revoked', 'verifier_silent', 'issuer_refused'])
  })
})
