import {
  clientCredentials,
  createClient,
  manifoldBasic,
  memoryStore,
  passwordSession,
  staticToken,
  unwrap,
} from '@countersign/client'
import { dialects } from '@countersign/server'
import { goodPassword } from '@countersign/server/testing'
import { bearer, type RecordedServer, startRecordedServer } from '@countersign/server/testing/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'

const newPassword = 'a quiet lighthouse keeps its own hours'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer()
  await server.user('ada', 'manager')
})
afterAll(() => server.close())

const clientOf = (auth?: Parameters<typeof createClient>[0]['auth']) =>
  createClient({ baseUrl: server.running.url, ...(auth ? { auth } : {}) })
const ada = () => passwordSession({ username: 'ada', password: goodPassword })

it('a user logs in with the first call, and is who they are', async () => {
  const client = clientOf(ada())
  expect(await unwrap(client.GET('/v1/me'))).toMatchObject({ username: 'ada', role: 'manager' })
  const session = await unwrap(client.GET('/v1/sessions/current'))
  expect(session).toMatchObject({ dialect: 'native', factors: ['password'], expires_in: 600 })
  const { authorizations } = await unwrap(client.GET('/v1/authorizations'))
  expect(authorizations.find(({ current }) => current)?.id).toBe(session.id)
})

it('a session goes on past the end of its access token, as the same one', async () => {
  const client = clientOf(ada())
  const { id } = await unwrap(client.GET('/v1/sessions/current'))
  server.time.advance(601)
  expect(await unwrap(client.GET('/v1/sessions/current'))).toMatchObject({ id, expires_in: 600 })
})

it('a session that was revoked elsewhere is over, and is not begun again unasked', async () => {
  const store = memoryStore()
  const auth = passwordSession({
    username: 'ada',
    credentials: async () => ({ username: 'ada', password: goodPassword }),
    store,
  })
  const client = clientOf(auth)
  const { id } = await unwrap(client.GET('/v1/sessions/current'))
  const other = clientOf(ada())
  await unwrap(other.DELETE('/v1/authorizations/{id}', { params: { path: { id } } }))
  await expect(unwrap(client.GET('/v1/me'))).rejects.toMatchObject({
    code: 'session_expired',
    refusal: 'grant_invalid',
  })
})

it('a session that was signed out of is over at the server too', async () => {
  const store = memoryStore()
  const client = clientOf(passwordSession({ username: 'ada', password: goodPassword, store }))
  await unwrap(client.GET('/v1/me'))
  const token = JSON.stringify(await store.read())
  await client.signOut()
  expect(await store.read()).toBeUndefined()
  const refresh_token = /"refreshToken":"([^"]+)"/.exec(token)?.[1]
  expect((await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token } })).body.code).toBe(
    'grant_invalid',
  )
})

it('many calls at once log in once, and refresh once', async () => {
  const client = clientOf(ada())
  const call = async () => (await unwrap(client.GET('/v1/sessions/current'))).id
  const ids = new Set(await Promise.all(Array.from({ length: 20 }, call)))
  server.time.advance(601)
  for (const id of await Promise.all(Array.from({ length: 20 }, call))) ids.add(id)
  expect(ids.size).toBe(1)
})

it('a user changes their password, and every other session of theirs ends', async () => {
  await server.user('bea')
  const bea = () =>
    passwordSession({ username: 'bea', credentials: async () => ({ username: 'bea', password: goodPassword }) })
  const [client, other] = [clientOf(bea()), clientOf(bea())]
  await unwrap(other.GET('/v1/me'))
  const body = (current: string) => ({ body: { current_password: current, new_password: newPassword } })
  await expect(unwrap(client.PUT('/v1/me/password', body('wrong')))).rejects.toMatchObject({
    code: 'credentials_invalid',
  })
  await expect(
    unwrap(client.PUT('/v1/me/password', { body: { current_password: goodPassword, new_password: '14 characters.' } })),
  ).rejects.toMatchObject({ code: 'password_unacceptable', reason: 'too_short' })
  await unwrap(client.PUT('/v1/me/password', body(goodPassword)))
  expect(await unwrap(client.GET('/v1/me'))).toMatchObject({ username: 'bea' })
  await expect(unwrap(other.GET('/v1/me'))).rejects.toMatchObject({ code: 'session_expired' })
})

it('a wrong password is an error that says when to come back', async () => {
  await server.user('cleo')
  const codes: unknown[] = []
  for (let i = 0; i < 6; i++) {
    const call = unwrap(clientOf(passwordSession({ username: 'cleo', password: 'wrong' })).GET('/v1/me'))
    codes.push(
      await call.catch((error: { code: string; retryAfterSeconds?: number }) => [error.code, error.retryAfterSeconds]),
    )
  }
  expect(codes).toEqual([...Array.from({ length: 5 }, () => ['credentials_invalid', undefined]), ['throttled', 30]])
})

const speaksManifold = dialects.some(({ name }) => String(name) === 'manifold')
it.skipIf(!speaksManifold)('the Manifold source logs in, refreshes and finds instance 0', async () => {
  const client = clientOf(manifoldBasic({ username: 'ada', password: goodPassword }))
  const request = client.request as (
    method: string,
    path: string,
  ) => Promise<{ data: Record<string, unknown>; response: Response }>
  const show = () => unwrap(request('get', '/manifold-api/v3-preview/cloud/instance/0'))
  const { instance } = await show()
  expect(instance).toMatchObject({ id: 0, state: 'active' })
  server.time.advance(601)
  expect((await show()).instance).toEqual(instance)
  expect(await unwrap(request('get', '/manifold-api/v3-preview'))).toMatchObject({ product_name: 'Countersign' })
})

it.each(['jwt', 'opaque'] as const)(
  'a client gets a token of form %s, and another one after its end',
  async (tokenForm) => {
    const { client: registered, secret } = await server.client({ tokenForm })
    const client = clientOf(clientCredentials({ clientId: registered.id, clientSecret: secret, scope: 'read' }))
    const list = async () => (await unwrap(client.GET('/v1/authorizations'))).authorizations
    expect(await list()).toMatchObject([{ kind: 'standing', client_id: registered.id, scope: 'read', current: true }])
    server.time.advance(3601)
    expect(await list()).toHaveLength(1)
    await expect(unwrap(client.GET('/v1/me'))).rejects.toMatchObject({ code: 'access_denied', status: 403 })
  },
)

it('a personal token is presented as it is, and its refusal is the answer', async () => {
  const { id } = await server.user('dora')
  const client = clientOf(staticToken(await server.personalToken(id)))
  expect(await unwrap(client.GET('/v1/me'))).toMatchObject({ username: 'dora' })
  server.sql('UPDATE users SET disabled_at = 1, version = version + 1 WHERE id = ?', id)
  await expect(unwrap(client.GET('/v1/me'))).rejects.toMatchObject({ code: 'token_invalid' })
})

it('an unauthenticated caller may see what is public', async () => {
  const client = clientOf()
  expect(await unwrap(client.GET('/healthz'))).toEqual({ status: 'ok' })
  expect((await unwrap(client.GET('/.well-known/oauth-authorization-server'))).issuer).toBe(server.issuer)
  await expect(unwrap(client.GET('/v1/me'))).rejects.toMatchObject({ code: 'credentials_missing' })
  expect((await server.ask('GET', '/v1/me', { headers: bearer('x') })).status).toBe(401)
})
