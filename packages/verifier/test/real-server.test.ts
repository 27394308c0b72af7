// Every way in which a token ends before its time, by the server itself: it reaches the verifiers by the feed alone, since
// a silent feed is closed here.
import { startTestServer, type TestClient, type TestClientApi, type TestServer } from '@countersign/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createVerifier, type Verifier, type VerifierOptions } from '../src/index.ts'
import { outcomeOf } from '../src/testing/refusal.ts'

const orders = 'https://orders.example'
const stock = 'https://stock.example'
const scopesOf = (name: string) => [`${name}:read`, { name: `${name}:write`, leastRole: 'manager' as const }]

let server: TestServer
let names = 0

beforeAll(async () => {
  server = await startTestServer({
    users: [{ username: 'owner', role: 'owner' }],
    apis: [
      { resource: orders, scopes: scopesOf('orders') },
      { resource: stock, scopes: scopesOf('stock'), tokenForm: 'opaque' },
    ],
    clients: [
      { name: 'orders program', audience: [orders] },
      { name: 'stock program', audience: [stock] },
    ],
  })
}, 60_000)
afterAll(() => server.close())

const registered = (...apis: TestClientApi[]): Promise<TestClient> =>
  server.addClient({ name: `client ${++names}`, apis })

async function verifierOf(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const verifier = createVerifier({
    issuer: server.url,
    resource: orders,
    client: server.client('orders program'),
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
  const username = `user${++names}`
  const { id: userId } = await server.addUser({ username, role: 'manager' })
  return { userId, username, ...(await login(username, resource)) }
}

const send = (method: string, path: string, body?: object, token?: string) =>
  fetch(server.url + path, {
    method,
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
const post = (path: string, body: object) => send('POST', path, body)

async function login(username: string, resource?: string | string[]): Promise<{ access: string; refresh: string }> {
  const { password } = server.user(username)
  const response = await post('/v1/sessions', { username, password, ...(resource ? { resource } : {}) })
  expect(response.status).toBe(201)
  const { access_token: access, refresh_token: refresh } = (await response.json()) as SessionBody
  return { access, refresh }
}

/** The owner changes something. */
async function act(method: string, path: string, body?: object): Promise<unknown> {
  const response = await send(method, path, body, (await login('owner')).access)
  expect(response.ok).toBe(true)
  return response.status === 204 ? undefined : response.json()
}

const form = (path: string, body: Record<string, string>, client?: TestClient) =>
  fetch(server.url + path, {
    method: 'POST',
    headers: client ? { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` } : {},
    body: new URLSearchParams(body),
  })

async function clientToken(client: TestClient, resource = orders): Promise<string> {
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
    ['a user who is disabled', ({ userId }) => act('PATCH', `/v1/users/${userId}`, { disabled: true })],
    ['a user who is removed', ({ userId }) => act('DELETE', `/v1/users/${userId}`)],
    [
      'a password that is reset',
      ({ userId }) => act('PUT', `/v1/users/${userId}/password`, { password: 'staple battery horse correct' }),
    ],
    ['the sessions of a user, ended by the owner', ({ userId }) => act('DELETE', `/v1/users/${userId}/authorizations`)],
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
    await act('PATCH', `/v1/users/${userId}`, { role: 'viewer' })
    await expect
      .poll(() => outcomeOf(verifier.verify(access, { scope: 'orders:write' })), { interval: 2 })
      .toBe('scope_insufficient')
    expect(await verifier.verify(access)).toMatchObject({ role: 'viewer', scope: ['orders:read'] })
  })

  it('a client that is disabled, or removed', async () => {
    for (const end of [['PATCH', { disabled: true }] as const, ['DELETE'] as const]) {
      const client = await registered({ resource: orders, scope: 'orders:read' })
      const token = await clientToken(client)
      await refusedEverywhere(token, () => act(end[0], `/v1/clients/${client.id}`, end[1]))
    }
  })

  it('one token of a client that is revoked by itself', async () => {
    const client = await registered({ resource: orders, scope: 'orders:read' })
    const [token, other] = [await clientToken(client), await clientToken(client)]
    const witness = await verifierOf()
    await refusedEverywhere(token, () => form('/oauth2/revoke', { token }, client))
    expect(await outcomeOf(witness.verify(other))).toBe('accepted')
  })

  it('an opaque token, whose answer is remembered', async () => {
    const { access, refresh } = await session(stock)
    expect(access).not.toContain('.')
    const verifier = await verifierOf({ resource: stock, client: server.client('stock program') })
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
    await refusedEverywhere(access, () => server.revokeKeys(), ['token_revoked', 'token_invalid'])
    await expect.poll(() => outcomeOf(witness.verify(access)), { interval: 2 }).toBe('token_revoked')
    const { access: renewed } = await session()
    expect(kidOf(renewed)).not.toBe(kid)
    const verifier = await verifierOf()
    expect(await outcomeOf(verifier.verify(renewed))).toBe('accepted')
  })

  it('an API that is removed', async () => {
    const { access } = await session()
    const { apis } = (await act('GET', '/v1/apis')) as { apis: { id: string; identifier: string }[] }
    const { id } = apis.find(({ identifier }) => identifier === orders) ?? { id: '' }
    await refusedEverywhere(access, () => act('DELETE', `/v1/apis/${id}`), [
      'token_revoked',
      'verifier_silent',
      'issuer_refused',
    ])
  })
})
