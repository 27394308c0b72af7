// Ways in, attacked by whoever holds a token and nothing else: what one path refuses, no other path does.
import { type Role, throughClient } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cikitSessionPolicy } from '../../src/dialects/cikit/policy.ts'
import { CikitClient, denied } from '../../src/dialects/cikit/testing/cikit-client.ts'
import { efaSessionPolicy, efaSystemPolicy } from '../../src/dialects/efa/policy.ts'
import { routes } from '../../src/generated/index.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { Authenticator } from '../authenticator.ts'
import {
  bearer,
  cookie,
  type EnrolledPerson,
  form,
  type RecordedServer,
  startRecordedServer,
} from '../recorded-server.ts'

let house: RecordedServer
let cikit: CikitClient
let owner: EnrolledPerson
beforeAll(async () => {
  house = await startRecordedServer({ cheapHashes: true })
  cikit = new CikitClient(house)
  owner = await house.enrolled(['totp'], undefined, 'owner')
})
afterAll(() => house.close())

let people = 0
const somebody = (role: Role = 'viewer') => house.user(`somebody-${++people}`, role)
const sessionOf = async (id: string) => bearer((await house.session(id)).access)
const withToken = (token: string) => ({ 'x-auth-token': token })
const ask: RecordedServer['ask'] = (...question) => house.ask(...question)
const create = (headers: Record<string, string>, body: object = {}) => ask('POST', '/v1/tokens', { headers, body })

const insufficient = (realm: string, maxAge = 300) =>
  `Bearer realm="${realm}", error="insufficient_user_authentication", max_age="${maxAge}"`

describe('N-311 the owner’s personal token changes no person', () => {
  it('in no dialect, in whatever header, and nobody is changed', async () => {
    const token = await house.personalToken(owner.id)
    const victim = await house.enrolled()
    const before = house.sql('select * from users order by id')
    const attempts = [
      ['POST', '/api/v1/user/add', { username: 'made-by-a-thief', group: 'manager' }],
      ['GET', `/api/v1/user/auth/setup/${victim.username}`],
      ['GET', `/api/v1/user/auth/setup/${owner.username}`],
      ['DELETE', `/api/v1/user/delete/${victim.username}`],
      ['DELETE', `/api/v1/user/auth/revoke/${victim.username}`],
      ['DELETE', `/api/v1/user/auth/revoke/${owner.username}`],
    ] as const
    for (const [method, path, body] of attempts) {
      const asBearer = await ask(method, path, { headers: bearer(token), body })
      expect([path, asBearer.status, asBearer.body]).toEqual([path, 403, denied])
      const inHeader = await ask(method, path, { headers: withToken(token), body })
      expect([path, inHeader.status]).toEqual([path, 401])
    }
    expect(house.sql('select * from users order by id')).toEqual(before)
    expect(house.sql('select * from enrolments where slot = ?', 'pending')).toEqual([])
  })

  it('and reads the list of people there as it does natively', async () => {
    const headers = withToken(await house.personalToken(owner.id))
    expect((await ask('GET', '/api/v1/user/list', { headers })).status).toBe(200)
    expect((await ask('GET', '/v1/users', { headers })).status).toBe(200)
  })
})

describe('N-312 the owner’s personal token changes no client', () => {
  it('natively or in EFA, and reads what there is', async () => {
    const token = await house.personalToken(owner.id)
    const { client } = await house.client()
    const [credential] = await house.server.authority.store.clients.listCredentials(client.id)
    const before = house.sql('select * from clients order by id')
    const attempts = [
      ['POST', '/v1/clients', { name: 'made by a thief' }],
      ['PATCH', `/v1/clients/${client.id}`, { disabled: true }],
      ['DELETE', `/v1/clients/${client.id}`],
      ['POST', `/v1/clients/${client.id}/credentials`],
      ['PATCH', `/v1/clients/${client.id}/credentials/${credential?.id}`, { expires_in: 60 }],
      ['DELETE', `/v1/clients/${client.id}/credentials/${credential?.id}`],
      ['POST', '/v1/auth/client', { name: 'made by a thief', clientType: 'host' }],
      ['DELETE', `/v1/auth/client?name=${client.name}`],
      ['POST', '/v1/auth/token/apikey?force=true', { clientId: client.id }],
      ['POST', '/v1/auth/token/expiry', { type: 'ACCESS', hours: 1 }],
      ['POST', '/v1/auth/token/extended-system-access-token', { clientId: client.id, expiry: 60 }],
      ['POST', '/v1/auth/token/system-access-token'],
    ] as const
    for (const [method, path, body] of attempts) {
      const { status } = await ask(method, path, { headers: bearer(token), body })
      expect([path, status]).toEqual([path, 403])
    }
    expect(house.sql('select * from clients order by id')).toEqual(before)
    for (const path of ['/v1/clients', `/v1/clients/${client.id}/credentials`, '/v1/auth/clientlist']) {
      expect((await ask('GET', path, { headers: bearer(token) })).status).toBe(200)
    }
  })
})

describe('N-313 N-314 a set-up page of one’s own', () => {
  const setUp = (headers: Record<string, string>, name = owner.username) =>
    ask('GET', `/api/v1/user/auth/setup/${name}`, { headers })

  it('is shown to a login of the last 300 seconds, and to no older one, refreshed or not', async () => {
    const pair = await cikit.logIn(owner)
    house.time.advance(300)
    expect((await setUp(bearer(pair.access_token))).status).toBe(200)
    house.time.advance(1)
    const old = await setUp(bearer(pair.access_token))
    expect([old.status, old.body]).toEqual([403, denied])
    const { body } = await cikit.refresh({ grant_type: 'refresh_token', refresh_token: pair.refresh_token })
    const refreshed = await setUp(bearer(String(body.access_token)))
    expect([refreshed.status, refreshed.body]).toEqual([403, denied])
    expect((await setUp(await cikit.as(owner))).status).toBe(200)
  })

  it('changes nothing where it is refused: the authenticator goes on, and no secret waits', async () => {
    const stolen = (await house.agedSession(owner.id, cikitSessionPolicy, 301)).access
    house.sql('delete from enrolments where user_id = ? and slot = ?', owner.id, 'pending')
    expect((await setUp(bearer(stolen))).status).toBe(403)
    expect((await setUp(bearer(stolen), owner.username.toUpperCase())).status).toBe(403)
    expect(house.sql('select * from enrolments where user_id = ? and slot = ?', owner.id, 'pending')).toEqual([])
    expect(await cikit.logIn(owner)).toHaveProperty('access_token')
  })

  it('of somebody else is shown to the owner’s session however old its login', async () => {
    const other = await house.enrolled()
    const old = (await house.agedSession(owner.id, cikitSessionPolicy, 301)).access
    const { status, body } = await setUp(bearer(old), other.username)
    expect(status).toBe(200)
    const code = new Authenticator(String(body.secret), house.time).next()
    const login = { body: { username: other.username, code }, headers: cikit.elsewhere() }
    expect((await cikit.ask('POST', '/user/auth', login)).status).toBe(200)
  })
})

describe('N-315 a personal token asks for a recent login, or for all that a login asks for', () => {
  const aged = async (id: string) => {
    const headers = await sessionOf(id)
    house.time.advance(301)
    return headers
  }

  it('natively: an older one is told which login would do (RFC 9470)', async () => {
    const { id } = await somebody()
    const answer = await create(await aged(id))
    expect([answer.status, answer.body.code]).toEqual([401, 'login_too_old'])
    expect(answer.headers.get('www-authenticate')).toBe(insufficient('countersign'))
    expect((await create(await sessionOf(id))).status).toBe(201)
  })

  it('N-317 natively: what is shown takes its place, and must be right and whole', async () => {
    const { id } = await somebody()
    const headers = await aged(id)
    expect((await create(headers, { password: 'wrong' })).body.code).toBe('credentials_invalid')
    expect((await create(headers, { code: '000000' })).body.code).toBe('credentials_invalid')
    expect((await create(headers, { password: goodPassword })).status).toBe(201)
    const both = await house.enrolled(['password', 'totp'])
    const half = await aged(both.id)
    expect((await create(half, { password: goodPassword })).body.code).toBe('credentials_invalid')
    expect((await create(half, { password: goodPassword, code: both.authenticator.code() })).status).toBe(201)
  })

  it('N-317 natively: what is shown must be right however recent the login is', async () => {
    const { id } = await somebody()
    expect((await create(await sessionOf(id), { password: 'wrong' })).body.code).toBe('credentials_invalid')
  })

  it('N-316 natively: a login that showed less than is required now is not enough', async () => {
    const both = await house.enrolled(['password', 'totp'])
    // Opened as if by the password alone.
    expect((await create(await sessionOf(both.id))).body.code).toBe('login_too_old')
  })

  it('N-323 in Insight: with a bearer token it is as old as natively at most', async () => {
    const { id } = await somebody()
    const headers = await sessionOf(id)
    expect((await ask('POST', '/api/token', { headers })).status).toBe(200)
    house.time.advance(301)
    for (const [method, path] of [
      ['POST', '/api/token'],
      ['GET', '/api/createApiToken'],
    ] as const) {
      const answer = await ask(method, path, { headers })
      expect([answer.status, answer.body]).toEqual([401, { error: 'Credentials required' }])
      expect(answer.headers.get('www-authenticate')).toBe(insufficient('insight'))
    }
  })

  it('N-323 in Insight: with the cookie it may be twelve hours old, and natively it may not', async () => {
    const { id } = await somebody()
    const headers = cookie(house.cookieOf((await house.session(id)).id))
    house.time.advance(43_200)
    const native = await create({ ...headers, origin: house.issuer })
    expect([native.status, native.body.code]).toEqual([401, 'login_too_old'])
    expect((await ask('GET', '/api/createApiToken', { headers })).status).toBe(200)
    house.time.advance(1)
    const answer = await ask('GET', '/api/createApiToken', { headers })
    expect([answer.status, answer.body]).toEqual([401, { error: 'Credentials required' }])
    expect(answer.headers.get('www-authenticate')).toBe(insufficient('insight', 43_200))
  })

  it('N-322 made there lives until it is revoked, and lists warn of it', async () => {
    const { id } = await somebody()
    const headers = await sessionOf(id)
    await ask('POST', '/api/token', { headers })
    const { body } = await ask('GET', '/v1/tokens', { headers })
    expect(body.tokens).toMatchObject([{ expires_at: null, warning: 'endless' }])
  })
})

describe('a session that a machine holds for a person', () => {
  const throughSoftware = async (id: string) =>
    house.session(id, throughClient(efaSessionPolicy, (await house.client({ role: 'manager' })).client))
  const held = [
    ['a token through a client', throughSoftware],
    ['a system token', (id: string) => house.session(id, efaSystemPolicy)],
  ] as const

  it.each(held)('N-318 %s makes no personal token, whatever is shown', async (_name, open) => {
    const { id } = await somebody('manager')
    const headers = bearer((await open(id)).access)
    for (const body of [{}, { password: goodPassword }]) expect((await create(headers, body)).status).toBe(403)
    for (const path of ['/api/createApiToken', '/api/getApiTokens']) {
      expect((await ask('GET', path, { headers })).status).toBe(401)
    }
    expect(house.sql(`select id from authorizations where kind = 'personal' and subject_id = ?`, id)).toEqual([])
  })

  it.each(held)('N-319 %s ends itself, and nothing else that its person holds', async (_name, open) => {
    const { id } = await somebody('manager')
    const [login, beside, personal] = [await house.session(id), await open(id), await house.personalToken(id)]
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
    const { id } = await somebody('manager')
    const natively = bearer((await open(id)).access)
    expect((await ask('DELETE', '/v1/sessions/current', { headers: natively })).status).toBe(204)
    const there = bearer((await open(id)).access)
    expect((await ask('POST', '/v1/auth/token/remove-token', { headers: there })).status).toBe(200)
    for (const headers of [natively, there]) expect((await ask('GET', '/v1/me', { headers })).status).toBe(401)
  })

  it.each(held)('N-318 %s changes nothing by which its person gets in', async (_name, open) => {
    const { id } = await somebody('manager')
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

  it.each(held)('%s goes on doing what is no way in', async (_name, open) => {
    const { id } = await somebody('manager')
    const headers = bearer((await open(id)).access)
    expect((await ask('POST', '/v1/droplets', { headers, body: {} })).status).toBe(201)
    expect((await ask('GET', '/v1/users', { headers })).status).toBe(200)
  })

  it('N-318 has no part in what its client’s own token may do: an extended token makes no personal one either', async () => {
    const { client } = await house.client({ role: 'manager' })
    const { access } = await house.fixedToken(client, { dialect: 'efa', lifetimeSeconds: 3600 })
    expect((await create(bearer(access))).status).toBe(403)
  })

  it('N-319 N-277 is told so by the gateway’s guard too', async () => {
    const { id } = await somebody('manager')
    const headers = {
      ...bearer((await throughSoftware(id)).access),
      'x-forwarded-method': 'POST',
      'x-forwarded-uri': '/v1/tokens',
    }
    expect((await ask('GET', '/v1/auth/token/validate', { headers })).status).toBe(403)
  })
})

describe('N-324 the value of a session cookie', () => {
  const asOwner = () => sessionOf(owner.id)

  it('is seen and ended by the owner like every other token', async () => {
    const { id } = await somebody()
    const session = await house.session(id)
    const value = house.cookieOf(session.id)
    const named = { body: { token: value } }
    const shown = await ask('POST', '/v1/introspect', { headers: await asOwner(), ...named })
    expect(shown.body).toMatchObject({ active: true, sub: id, sid: session.id })
    expect(shown.body).not.toHaveProperty('token_type')
    expect((await ask('POST', '/v1/revoke', { headers: await asOwner(), ...named })).status).toBe(204)
    expect((await ask('GET', '/v1/me', { headers: cookie(value) })).status).toBe(401)
    expect((await ask('GET', '/v1/me', { headers: bearer(session.access) })).status).toBe(401)
    expect((await ask('POST', '/v1/introspect', { headers: await asOwner(), ...named })).body).toEqual({
      active: false,
    })
  })

  it('opens nothing as a bearer, and is active to no client', async () => {
    const value = house.cookieOf((await house.session((await somebody()).id)).id)
    expect((await ask('GET', '/v1/me', { headers: bearer(value) })).status).toBe(401)
    const { client, secret } = await house.client()
    const body = form({ token: value, client_id: client.id, client_secret: secret })
    expect((await ask('POST', '/oauth2/introspect', { body })).body).toEqual({ active: false })
  })

  it('is ended at /oauth2/revoke for the client that the session was given through', async () => {
    const value = house.cookieOf((await house.session((await somebody()).id)).id)
    const body = form({ token: value, client_id: 'countersign' })
    expect((await ask('POST', '/oauth2/revoke', { body })).status).toBe(200)
    expect((await ask('GET', '/v1/me', { headers: cookie(value) })).status).toBe(401)
  })
})

describe('N-310 the contract', () => {
  it('says of each operation that changes something what it does to ways in', () => {
    const touching = Object.values(routes).filter(({ effects }) => effects.length > 0)
    expect(touching.length).toBeGreaterThan(40)
    // Where an effect is on a way in, no personal token is admitted and none can be presented in a header of its own.
    for (const { operationId, access, security } of touching) {
      expect([operationId, [...access.kinds], [...security]]).not.toEqual([
        operationId,
        expect.arrayContaining(['personal']),
        expect.anything(),
      ])
      expect([operationId, [...security]]).toEqual([operationId, expect.not.arrayContaining(['authToken'])])
    }
  })
})
