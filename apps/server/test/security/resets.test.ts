// An attacker had access to an account, and prepared to come back. Each way in which an administrator takes it back must leave
// nothing of that.
import { type Factor, localCaller } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { Authenticator } from '../authenticator.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

const newPassword = 'a quiet lighthouse keeps its own hours'

let server: RecordedServer
let owner: string
beforeAll(async () => {
  server = await startRecordedServer()
  owner = (await server.user('owner', 'owner')).id
})
afterAll(() => server.close())

const asOwner = async (method: string, path: string, body?: object) =>
  server.ask(method, path, { headers: bearer((await server.session(owner)).access), body })
const logIn = async (body: object) => (await server.ask('POST', '/v1/sessions', { body })).status

interface TakenBack {
  /** What the user shows from then on, beside a code where one is required. */
  readonly password: string
  readonly totpSecret?: string | undefined
}

const ways: Readonly<Record<string, (id: string) => Promise<TakenBack>>> = {
  'PUT /v1/users/{id}/password': async (id) => {
    expect((await asOwner('PUT', `/v1/users/${id}/password`, { password: newPassword })).status).toBe(204)
    return { password: newPassword }
  },
  'POST /v1/users/{id}/totp': async (id) => {
    const { body } = await asOwner('POST', `/v1/users/${id}/totp`)
    return { password: goodPassword, totpSecret: String(body.secret) }
  },
  'DELETE /v1/users/{id}/authorizations?personal=true': async (id) => {
    expect((await asOwner('DELETE', `/v1/users/${id}/authorizations?personal=true`)).status).toBe(204)
    return { password: goodPassword }
  },
  'PATCH /v1/users/{id} with required factors': async (id) => {
    const change = { required_factors: ['password', 'totp'] satisfies Factor[] }
    expect((await asOwner('PATCH', `/v1/users/${id}`, change)).status).toBe(200)
    return { password: goodPassword }
  },
  'create-user -r or reset-password': async (id) => {
    await server.running.authority.useCases.users.reset({ id, password: newPassword }, localCaller)
    return { password: newPassword }
  },
}

describe.each(Object.entries(ways))('N-286 after %s', (_, takeBack) => {
  it('no recovery code, pending secret or session from before is good', async () => {
    const { id, username, password, authenticator } = await server.enrolled(['password', 'totp'])
    expect(await logIn({ username, password, code: authenticator.code() })).toBe(201)
    const thief = await server.session(id)
    const [code, other] = await server.recoveryCodes(id)
    const proof = { password, recovery_code: other }
    const setUp = await server.ask('POST', '/v1/me/totp', { headers: bearer(thief.access), body: proof })
    expect(setUp.status).toBe(200)
    const pending = new Authenticator(String(setUp.body.secret), server.time)

    const now = await takeBack(id)
    expect((await server.ask('GET', '/v1/me', { headers: bearer(thief.access) })).status).toBe(401)
    expect(await logIn({ username, recovery_code: code })).toBe(401)
    expect(await logIn({ username, password: now.password, recovery_code: code })).toBe(401)
    expect(await logIn({ username, password: now.password, code: pending.code() })).toBe(401)
    server.sql('DELETE FROM counters')
    const own = now.totpSecret ? new Authenticator(now.totpSecret, server.time) : authenticator
    server.time.advance(60)
    expect(await logIn({ username, password: now.password, code: own.code() })).toBe(201)
  })
})

describe('N-287 a password that the owner sets', () => {
  it('undoes the choice of a code alone, made with an authenticator that may belong to an attacker', async () => {
    const { id } = await server.user('chosen')
    const thief = await server.session(id)
    const ask = (method: string, path: string, body: object) =>
      server.ask(method, path, { headers: bearer(thief.access), body })
    const { body } = await ask('POST', '/v1/me/totp', { password: goodPassword })
    const authenticator = new Authenticator(String(body.secret), server.time)
    expect((await ask('POST', '/v1/me/totp/confirmation', { code: authenticator.code() })).status).toBe(204)
    server.time.advance(30)
    const choice = { required_factors: ['totp'], password: goodPassword, code: authenticator.code() }
    expect((await ask('PUT', '/v1/me/required-factors', choice)).status).toBe(204)

    await ways['PUT /v1/users/{id}/password']?.(id)
    server.time.advance(30)
    expect(await logIn({ username: 'chosen', code: authenticator.code() })).toBe(401)
    expect(await logIn({ username: 'chosen', password: newPassword })).toBe(201)
    const { body: me } = await asOwner('GET', `/v1/users/${id}`)
    expect(me.required_factors).toEqual(['password'])
  })
})
