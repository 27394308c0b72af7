// Attacks on credentials by a caller that holds a token and nothing else: what one path refuses, no other path permits.
import type { Role } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routes } from '../../src/generated/index.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import {
  bearer,
  cookie,
  type EnrolledPerson,
  form,
  type RecordedServer,
  startRecordedServer,
} from '../recorded-server.ts'

let server: RecordedServer
let owner: EnrolledPerson
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
  owner = await server.enrolled(['totp'], undefined, 'owner')
})
afterAll(() => server.close())

let users = 0
const newUser = (role: Role = 'viewer') => server.user(`somebody-${++users}`, role)
const sessionOf = async (id: string) => bearer((await server.session(id)).access)
const ask: RecordedServer['ask'] = (...question) => server.ask(...question)
const create = (headers: Record<string, string>, body: object = {}) => ask('POST', '/v1/tokens', { headers, body })

const insufficient = 'Bearer realm="countersign", error="insufficient_user_authentication", max_age="300"'

describe('N-312 the owner’s personal token changes no client', () => {
  it('natively, and reads what there is', async () => {
    const token = await server.personalToken(owner.id)
    const { client } = await server.client()
    const [credential] = await server.running.authority.store.clients.listCredentials(client.id)
    const before = server.sql('select * from clients order by id')
    const attempts = [
      ['POST', '/v1/clients', { name: 'made by a thief' }],
      ['PATCH', `/v1/clients/${client.id}`, { disabled: true }],
      ['DELETE', `/v1/clients/${client.id}`],
      ['POST', `/v1/clients/${client.id}/credentials`],
      ['PATCH', `/v1/clients/${client.id}/credentials/${credential?.id}`, { expires_in: 60 }],
      ['DELETE', `/v1/clients/${client.id}/credentials/${credential?.id}`],
    ] as const
    for (const [method, path, body] of attempts) {
      const { status } = await ask(method, path, { headers: bearer(token), body })
      expect([path, status]).toEqual([path, 403])
    }
    expect(server.sql('select * from clients order by id')).toEqual(before)
    for (const path of ['/v1/clients', `/v1/clients/${client.id}/credentials`]) {
      expect((await ask('GET', path, { headers: bearer(token) })).status).toBe(200)
    }
  })
})

describe('N-315 creating a personal token requires a recent login, or every factor of a login', () => {
  const aged = async (id: string) => {
    const headers = await sessionOf(id)
    server.time.advance(301)
    return headers
  }

  it('natively: the response to an older login says which login is required (RFC 9470)', async () => {
    const { id } = await newUser()
    const answer = await create(await aged(id))
    expect([answer.status, answer.body.code]).toEqual([401, 'login_too_old'])
    expect(answer.headers.get('www-authenticate')).toBe(insufficient)
    expect((await create(await sessionOf(id))).status).toBe(201)
  })

  it('N-317 natively: the factors replace a recent login, and must be right and complete', async () => {
    const { id } = await newUser()
    const headers = await aged(id)
    expect((await create(headers, { password: 'wrong' })).body.code).toBe('credentials_invalid')
    expect((await create(headers, { code: '000000' })).body.code).toBe('credentials_invalid')
    expect((await create(headers, { password: goodPassword })).status).toBe(201)
    const both = await server.enrolled(['password', 'totp'])
    const half = await aged(both.id)
    expect((await create(half, { password: goodPassword })).body.code).toBe('credentials_invalid')
    expect((await create(half, { password: goodPassword, code: both.authenticator.code() })).status).toBe(201)
  })

  it('N-317 natively: what is shown must be right however recent the login is', async () => {
    const { id } = await newUser()
    expect((await create(await sessionOf(id), { password: 'wrong' })).body.code).toBe('credentials_invalid')
  })

  it('N-316 natively: a login that showed less than is required now is not enough', async () => {
    const both = await server.enrolled(['password', 'totp'])
    // Opened as if by the password alone.
    expect((await create(await sessionOf(both.id))).body.code).toBe('login_too_old')
  })
})

describe('N-324 the value of a session cookie', () => {
  const asOwner = () => sessionOf(owner.id)

  it('is seen and ended by the owner like every other token', async () => {
    const { id } = await newUser()
    const session = await server.session(id)
    const value = server.cookieOf(session.id)
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

  it('is refused as a bearer token, and is not active for any client', async () => {
    const value = server.cookieOf((await server.session((await newUser()).id)).id)
    expect((await ask('GET', '/v1/me', { headers: bearer(value) })).status).toBe(401)
    const { client, secret } = await server.client()
    const body = form({ token: value, client_id: client.id, client_secret: secret })
    expect((await ask('POST', '/oauth2/introspect', { body })).body).toEqual({ active: false })
  })

  it('is ended at /oauth2/revoke for the client that the session was given through', async () => {
    const value = server.cookieOf((await server.session((await newUser()).id)).id)
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
