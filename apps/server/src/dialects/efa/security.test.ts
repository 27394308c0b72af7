// What attackers try at EFA's operations, and with the sessions that clients hold through them.
import { type Role, throughClient } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'
import { goodPassword } from '../../testing/test-server.ts'
import { efaSessionPolicy, efaSystemPolicy } from './policy.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
})
afterAll(() => server.close())

let people = 0
const newUser = (role: Role = 'viewer') => server.user(`somebody-${++people}`, role)
const ask: RecordedServer['ask'] = (...question) => server.ask(...question)
const create = (headers: Record<string, string>, body: object = {}) => ask('POST', '/v1/tokens', { headers, body })

it('the owner’s personal token changes no client, and reads what there is', async () => {
  const { id: owner } = await server.user('the owner', 'owner')
  const headers = bearer(await server.personalToken(owner))
  const { client } = await server.client()
  const before = server.sql('select * from clients order by id')
  const attempts = [
    ['POST', '/v1/auth/client', { name: 'made by a thief', clientType: 'host' }],
    ['DELETE', `/v1/auth/client?name=${client.name}`],
    ['POST', '/v1/auth/token/apikey?force=true', { clientId: client.id }],
    ['POST', '/v1/auth/token/expiry', { type: 'ACCESS', hours: 1 }],
    ['POST', '/v1/auth/token/extended-system-access-token', { clientId: client.id, expiry: 60 }],
    ['POST', '/v1/auth/token/system-access-token'],
  ] as const
  for (const [method, path, body] of attempts) {
    const { status } = await ask(method, path, { headers, body })
    expect([path, status]).toEqual([path, 403])
  }
  expect(server.sql('select * from clients order by id')).toEqual(before)
  expect((await ask('GET', '/v1/auth/clientlist', { headers })).status).toBe(200)
})

it('N-599 a gateway’s question is answered whatever the origin of the gateway’s client is', async () => {
  const { id } = await newUser()
  const own = bearer((await server.session(id, efaSessionPolicy)).access)
  const forwarded = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/orders' }
  for (const origin of ['https://shop.example', 'null', server.issuer]) {
    const headers = { ...own, ...forwarded, origin, 'sec-fetch-site': 'cross-site' }
    const answer = await ask('GET', '/v1/auth/token/validate', { headers })
    expect([origin, answer.status]).toEqual([origin, 200])
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  }
})

describe('a session that a client holds for a user', () => {
  const throughSoftware = async (id: string) =>
    server.session(id, throughClient(efaSessionPolicy, (await server.client({ role: 'manager' })).client))
  const held = [
    ['a token through a client', throughSoftware],
    ['a system token', (id: string) => server.session(id, efaSystemPolicy)],
  ] as const

  it.each(held)('%s makes no personal token, whatever is shown', async (_name, open) => {
    const { id } = await newUser('manager')
    const headers = bearer((await open(id)).access)
    for (const body of [{}, { password: goodPassword }]) expect((await create(headers, body)).status).toBe(403)
    expect(server.sql(`select id from authorizations where kind = 'personal' and subject_id = ?`, id)).toEqual([])
  })

  it.each(held)('N-319 %s ends itself, and nothing else that its user holds', async (_name, open) => {
    const { id } = await newUser('manager')
    const [login, beside, personal] = [await server.session(id), await open(id), await server.personalToken(id)]
    const { access, id: itself } = await open(id)
    const headers = bearer(access)
    const listed = await ask('GET', '/v1/authorizations?kind=personal', { headers })
    const [token] = listed.body.authorizations as { id: string }[]
    for (const path of [
      `/v1/users/${id}/authorizations`,
      `/v1/users/${id}/authorizations?personal=true`,
      `/v1/authorizations/${login.id}`,
      `/v1/authorizations/${beside.id}`,
      `/v1/authorizations/${token?.id}`,
      `/v1/authorizations/${'0'.repeat(22)}`,
      `/v1/tokens/${token?.id}`,
    ]) {
      expect([path, (await ask('DELETE', path, { headers })).status]).toEqual([path, 403])
    }
    for (const text of [login.access, beside.access, personal]) {
      expect((await ask('GET', '/v1/me', { headers: bearer(text) })).status).toBe(200)
    }
    expect((await ask('DELETE', `/v1/authorizations/${itself}`, { headers })).status).toBe(204)
    expect((await ask('GET', '/v1/me', { headers })).status).toBe(401)
  })

  it.each(held)('N-319 %s logs out as any other', async (_name, open) => {
    const { id } = await newUser('manager')
    const natively = bearer((await open(id)).access)
    expect((await ask('DELETE', '/v1/sessions/current', { headers: natively })).status).toBe(204)
    const there = bearer((await open(id)).access)
    expect((await ask('POST', '/v1/auth/token/remove-token', { headers: there })).status).toBe(200)
    for (const headers of [natively, there]) expect((await ask('GET', '/v1/me', { headers })).status).toBe(401)
  })

  it.each(held)('%s changes no credential of its user', async (_name, open) => {
    const { id } = await newUser('manager')
    const headers = bearer((await open(id)).access)
    const proof = { password: goodPassword }
    const attempts = [
      [
        'PUT',
        '/v1/me/password',
        { current_password: goodPassword, new_password: 'a quiet lighthouse keeps its own hours' },
      ],
      ['PUT', '/v1/me/required-factors', { ...proof, required_factors: ['password'] }],
      ['POST', '/v1/me/totp', proof],
      ['POST', '/v1/me/totp/confirmation', { code: '000000' }],
      ['POST', '/v1/me/recovery-codes', proof],
    ] as const
    for (const [method, path, body] of attempts) {
      expect([path, (await ask(method, path, { headers, body })).status]).toEqual([path, 403])
    }
  })

  it.each(held)('%s keeps every operation that affects no credential', async (_name, open) => {
    const { id } = await newUser('manager')
    const headers = bearer((await open(id)).access)
    expect((await ask('POST', '/v1/droplets', { headers, body: {} })).status).toBe(201)
    expect((await ask('GET', '/v1/users', { headers })).status).toBe(200)
  })

  it('has no part in what its client’s own token may do: an extended token makes no personal one either', async () => {
    const { client } = await server.client({ role: 'manager' })
    const { access } = await server.fixedToken(client, { dialect: 'efa', lifetimeSeconds: 3600 })
    expect((await create(bearer(access))).status).toBe(403)
  })

  it('N-319 is refused by the gateway’s check too', async () => {
    const { id } = await newUser('manager')
    const headers = {
      ...bearer((await throughSoftware(id)).access),
      'x-forwarded-method': 'POST',
      'x-forwarded-uri': '/v1/tokens',
    }
    expect((await ask('GET', '/v1/auth/token/validate', { headers })).status).toBe(403)
  })
})

it('the token of a login that is not complete passes no gateway', async () => {
  const { id } = await newUser()
  const { access } = await server.incomplete(id, 'password_change')
  expect((await ask('GET', '/v1/auth/token/validate', { headers: bearer(access) })).status).toBe(401)
})

it('sessions beyond the cap of the vendors are refused in the vendor’s words, native ones not counted', async () => {
  const capped = await startRecordedServer({ cheapHashes: true, flags: { 'max-vendor-sessions': '2' } })
  try {
    const { id } = await capped.user('ada')
    const body = { username: 'ada', password: goodPassword }
    const logIn = () => capped.ask('POST', '/v1/auth/token/access-token', { body })
    await capped.session(id)
    expect([(await logIn()).status, (await logIn()).status]).toEqual([200, 200])
    const refused = await logIn()
    expect([refused.status, refused.body]).toEqual([429, { code: 1000, message: 'Too many requests' }])
    expect((await capped.ask('POST', '/v1/sessions', { body })).status).toBe(201)
    capped.time.advance(efaSessionPolicy.accessLifetimeSeconds + 1)
    expect([(await logIn()).status, (await logIn()).status, (await logIn()).status]).toEqual([200, 200, 429])
  } finally {
    await capped.close()
  }
})
