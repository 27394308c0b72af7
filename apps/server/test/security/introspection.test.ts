import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  bearer,
  form,
  type RecordedServer,
  type RegisteredClient,
  startRecordedServer,
} from '../recorded-server.ts'

const path = '/oauth2/introspect'
const inactive = '{"active":false}'

let server: RecordedServer
let ada: { readonly id: string }
let api: RegisteredClient
let other: RegisteredClient
beforeAll(async () => {
  server = await startRecordedServer()
  ada = await server.user('ada', 'manager')
  api = await server.client({ name: 'api' })
  const identifier = 'https://other.example'
  await server.api(identifier)
  other = await server.client({ name: 'other', audience: [identifier], apis: [{ identifier }] })
})
afterAll(() => server.close())

const as = ({ client, secret }: RegisteredClient) => basic(client.id, secret)
const introspect = (token: string, by = api, more: Record<string, string> = {}) =>
  server.ask('POST', path, { headers: as(by), body: form({ token, ...more }) })

describe('N-113 introspection is for clients that prove who they are', () => {
  it.each<[string, () => { headers?: Record<string, string>; body: URLSearchParams }]>([
    ['nothing', () => ({ body: form({ token: 'x' }) })],
    ['a wrong secret', () => ({ headers: basic(api.client.id, 'wrong'), body: form({ token: 'x' }) })],
    ['another’s secret', () => ({ headers: basic(api.client.id, other.secret), body: form({ token: 'x' }) })],
    ['an id alone', () => ({ body: form({ token: 'x', client_id: api.client.id }) })],
    ['the public client', () => ({ body: form({ token: 'x', client_id: 'countersign' }) })],
  ])('and not for %s', async (_who, question) => {
    const { status, body, headers } = await server.ask('POST', path, question())
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect(headers.get('www-authenticate')).toMatch(/^Basic /)
  })

  it('and not for a bearer of the very token', async () => {
    const { access } = await server.session(ada.id)
    const answer = await server.ask('POST', path, { headers: bearer(access), body: form({ token: access }) })
    expect(answer.status).toBe(401)
  })

  it('and not for two ways at once', async () => {
    const body = form({ token: 'x', client_id: api.client.id, client_secret: api.secret })
    expect((await server.ask('POST', path, { headers: as(api), body })).status).toBe(400)
  })
})

it('shows what an active token stands for', async () => {
  const { access, id } = await server.session(ada.id)
  const { body } = await introspect(access)
  const now = server.running.authority.clock.now()
  expect(body).toMatchObject({
    active: true,
    sub: ada.id,
    username: 'ada',
    sid: id,
    role: 'manager',
    iat: now,
    exp: now + 600,
  })
})

it('N-114 says not a word more than inactive of any token that is not the client’s to know', async () => {
  const { refresh, access } = await server.session(ada.id)
  const dead = await server.session(ada.id)
  await server.ask('DELETE', '/v1/sessions/current', { headers: bearer(dead.access) })
  const expired = (await server.session(ada.id)).access
  server.time.advance(600)
  const tokens = ['unknown', 'a.b.c', `${access}x`, dead.access, dead.refresh, expired, refresh, 'cs_pat_none']
  const answers = await Promise.all(tokens.map((token) => introspect(token)))
  expect(answers.map(({ status, text }) => [status, text])).toEqual(tokens.map(() => [200, inactive]))
})

it('N-115 shows no token that is meant for another resource server', async () => {
  const { access } = await server.session(ada.id)
  const theirs = await server.machineToken(other.client, 'https://other.example')
  expect((await introspect(access, other)).text).toBe(inactive)
  expect((await introspect(theirs, api)).text).toBe(inactive)
  expect((await introspect(theirs, other)).body).toMatchObject({ active: true, aud: ['https://other.example'] })
})

it('N-116 takes a hint for a hint', async () => {
  const { access } = await server.session(ada.id)
  for (const token_type_hint of ['refresh_token', 'access_token', 'unheard-of', 'x y']) {
    expect((await introspect(access, api, { token_type_hint })).body.active).toBe(true)
  }
})

it('N-117 refuses another method, another media type, two tokens, none, and a token of a megabyte', async () => {
  const headers = { ...as(api), 'content-type': 'application/x-www-form-urlencoded' }
  const answers = [
    await server.ask('GET', `${path}?token=x`, { headers: as(api) }),
    await server.ask('POST', path, { headers: as(api), body: { token: 'x' } }),
    await server.ask('POST', path, { headers, body: 'token=x&token=y' }),
    await server.ask('POST', path, { headers, body: 'token=' }),
    await server.ask('POST', path, { headers, body: '' }),
    await server.ask('POST', path, { headers, body: `token=${'x'.repeat(1_000_000)}` }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([405, 415, 400, 400, 400, 413])
})

it('N-118 says inactive as soon as a revocation is answered', async () => {
  const { access } = await server.session(ada.id)
  const opaque = await server.client({ tokenForm: 'opaque' })
  const machine = await server.machineToken(opaque.client)
  expect([(await introspect(access)).body.active, (await introspect(machine, opaque)).body.active]).toEqual([
    true,
    true,
  ])
  await server.ask('DELETE', '/v1/sessions/current', { headers: bearer(access) })
  await server.ask('POST', '/oauth2/revoke', { headers: as(opaque), body: form({ token: machine }) })
  expect([(await introspect(access)).text, (await introspect(machine, opaque)).text]).toEqual([inactive, inactive])
})

describe('N-280 a Basic credential', () => {
  const escaped = (text: string) => [...text].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')

  it('is form-encoded at the OAuth endpoints (RFC 6749 §2.3.1)', async () => {
    const headers = basic(escaped(api.client.id), escaped(api.secret))
    expect((await server.ask('POST', path, { headers, body: form({ token: 'x' }) })).status).toBe(200)
    const body = form({ token: 'x', client_id: api.client.id, client_secret: escaped(api.secret) })
    expect((await server.ask('POST', path, { body })).status).toBe(401)
  })
})
