// What attackers try at Manifold's operations.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { basic, bearer, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'
import { refusing, startServerOnEngine } from '../../../test/server-on-engine.ts'
import { read } from '../../pipeline/testing/credential-of.ts'
import { goodPassword, type TestServerOptions } from '../../testing/test-server.ts'
import { manifoldSessionPolicy } from './policy.ts'

const login = '/manifold-api/login'
const instances = '/manifold-api/v3-preview/cloud/instance'

let server: RecordedServer
let ada: { readonly id: string }
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
  ada = await server.user('ada', 'manager')
})
afterAll(() => server.close())

const start = async (options: TestServerOptions) => {
  const other = await startRecordedServer({ cheapHashes: true, ...options })
  onTestFinished(() => other.close())
  return other
}

it('shows the droplets that the native API shows', async () => {
  const session = bearer((await server.session(ada.id)).access)
  await server.ask('POST', '/v1/droplets', { headers: session, body: { name: 'shown-twice' } })
  const native = (await server.ask('GET', '/v1/droplets?limit=200', { headers: session })).body.droplets
  const headers = bearer((await server.session(ada.id, manifoldSessionPolicy)).access)
  const { body } = await server.ask('GET', instances, { headers })
  const shown = (body.instances as readonly { id: number; name: string }[]).map(({ id, name }) => [id, name])
  const expected = (native as readonly { number: number; name: string }[]).map(({ number, name }) => [number, name])
  expect(shown).toEqual(expected)
  expect(shown.length).toBeGreaterThan(0)
})

it('the login ignores a body, which the vendor’s clients send (all-D7)', async () => {
  const headers = { ...basic('ada', goodPassword), 'content-type': 'application/json' }
  expect((await server.ask('POST', login, { headers, body: '{"a":' })).status).toBe(200)
})

it('a colon after the scheme is tolerated (all-D2)', async () => {
  const { access } = await server.session(ada.id, manifoldSessionPolicy)
  const headers = { authorization: `Bearer: ${access}` }
  expect((await server.ask('GET', '/manifold-api/v3-preview', { headers })).status).toBe(200)
})

describe('a request whose Host is not a name of the server', () => {
  const foreign = { host: 'evil.example' }

  it('is refused in the vendor’s error format', async () => {
    const other = await start({ flags: { issuer: 'https://auth.example.com' } })
    await other.user('vera')
    expect((await other.ask('GET', login, { headers: { ...basic('vera', goodPassword), ...foreign } })).body).toEqual({
      code: 421,
      error: 'Misdirected request',
      details: [],
    })
  })

  it('is refused for a malformed credential first', async () => {
    const other = await start({ flags: { issuer: 'https://auth.example.com' } })
    const known = await other.ask('GET', login, { headers: { authorization: 'Basic !' } })
    const refused = await other.ask('GET', login, { headers: { authorization: 'Basic !', ...foreign } })
    expect([400, 401]).toContain(known.status)
    expect([refused.status, refused.text]).toEqual([known.status, known.text])
  })
})

describe('a Basic credential', () => {
  it('is raw: what looks like an escape is a part of the password', async () => {
    const password = '100%41+ better than before'
    await server.user('percy', 'viewer', password)
    const logIn = (secret: string) => server.ask('POST', login, { headers: basic('percy', secret) })
    expect((await logIn(password)).status).toBe(200)
    expect((await logIn(password.replace('%41', 'A'))).status).toBe(401)
    expect((await logIn(password.replace('+', ' '))).status).toBe(401)
  })

  it('may have colons in the password: the first one separates', async () => {
    await server.user('colonel', 'viewer', 'a:b:c: with colons')
    expect((await server.ask('POST', login, { headers: basic('colonel', 'a:b:c: with colons') })).status).toBe(200)
  })

  it('N-385 cannot carry a name with a colon: the user-id ends there (RFC 7617 §2)', async () => {
    await server.user('with:colon')
    expect((await server.ask('POST', login, { headers: basic('with:colon', goodPassword) })).status).toBe(401)
  })
})

it('a session lives as long as the vendor’s page promises, used or not', async () => {
  const idle = 100_000
  const other = await start({ flags: { 'session-idle-seconds': String(idle) } })
  await other.user('vera')
  const { body } = await other.ask('GET', login, { headers: basic('vera', goodPassword) })
  other.time.advance(idle * 20)
  expect((await other.ask('GET', login, { headers: bearer(String(body.refresh_token)) })).status).toBe(200)
})

it('sessions beyond the cap of the vendors are refused in the vendor’s words, native ones not counted', async () => {
  const other = await start({ flags: { 'max-vendor-sessions': '2' } })
  const { id } = await other.user('vera')
  await other.session(id)
  const logIn = () => other.ask('GET', login, { headers: basic('vera', goodPassword) })
  expect([(await logIn()).status, (await logIn()).status]).toEqual([200, 200])
  const refused = await logIn()
  expect([refused.status, refused.body]).toEqual([429, { code: 429, error: 'Too many requests', details: [] }])
  const body = { username: 'vera', password: goodPassword }
  expect((await other.ask('POST', '/v1/sessions', { body })).status).toBe(201)
  other.time.advance(manifoldSessionPolicy.accessLifetimeSeconds + 1)
  expect([(await logIn()).status, (await logIn()).status, (await logIn()).status]).toEqual([200, 200, 429])
})

it('a container engine that fails is reported with Retry-After and its own message', async () => {
  const on = await startServerOnEngine(refusing('no space left on device'))
  onTestFinished(() => on.close())
  const { id } = await on.server.user('ada')
  const headers = bearer((await on.server.session(id, manifoldSessionPolicy)).access)
  const answer = await on.server.ask('GET', instances, { headers })
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  const words = 'Error response from daemon: no space left on device'
  expect(answer.body).toEqual({ code: 503, error: 'Service unavailable', details: [words] })
})

it('the one credential of a request is of a scheme that the operation names', () => {
  const given = [['Authorization', 'Bearer t']] as const
  expect(read(['manifoldRefresh'], given)).toEqual({ kind: 'grant', grant: { kind: 'refresh', token: 't' } })
  expect(read(['manifoldBasic'], given)).toEqual({ kind: 'none' })
})
