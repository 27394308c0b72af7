// Somebody was in the account, and prepared for coming back. Each way in which an administrator takes it back must leave
// nothing of that.
import { type Factor, localCaller } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { Authenticator } from '../authenticator.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

const newPassword = 'a quiet lighthouse keeps its own hours'

let house: RecordedServer
let owner: string
beforeAll(async () => {
  house = await startRecordedServer()
  owner = (await house.user('owner', 'owner')).id
})
afterAll(() => house.close())

const asOwner = async (method: string, path: string, body?: object) =>
  house.ask(method, path, { headers: bearer((await house.session(owner)).access), body })
const logIn = async (body: object) => (await house.ask('POST', '/v1/sessions', { body })).status

interface TakenBack {
  /** What the person shows from then on, beside a code where one is asked for. */
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
    await house.server.authority.useCases.users.reset({ id, password: newPassword }, localCaller)
    return { password: newPassword }
  },
}

describe.each(Object.entries(ways))('N-286 after %s', (_, takeBack) => {
  it('no recovery code, pending secret or session from before is good', async () => {
    const { id, username, password, authenticator } = await house.enrolled(['password', 'totp'])
    expect(await logIn({ username, password, code: authenticator.code() })).toBe(201)
    const thief = await house.session(id)
    const [code, other] = await house.recoveryCodes(id)
    const proof = { password, recovery_code: other }
    const setUp = await house.ask('POST', '/v1/me/totp', { headers: bearer(thief.access), body: proof })
    expect(setUp.status).toBe(200)
    const pending = new Authenticator(String(setUp.body.secret), house.time)

    const now = await takeBack(id)
    expect((await house.ask('GET', '/v1/me', { headers: bearer(thief.access) })).status).toBe(401)
    expect(await logIn({ username, recovery_code: code })).toBe(401)
    expect(await logIn({ username, password: now.password, recovery_code: code })).toBe(401)
    expect(await logIn({ username, password: now.password, code: pending.code() })).toBe(401)
    house.sql('DELETE FROM counters')
    const own = now.totpSecret ? new Authenticator(now.totpSecret, house.time) : authenticator
    house.time.advance(60)
    expect(await logIn({ username, password: now.password, code: own.code() })).toBe(201)
  })
})

describe('N-287 a password that the owner sets', () => {
  it('undoes the choice of a code alone, made with an authenticator that may be a thief’s', async () => {
    const { id } = await house.user('chosen')
    const thief = await house.session(id)
    const ask = (method: string, path: string, body: object) =>
      house.ask(method, path, { headers: bearer(thief.access), body })
    const { body } = await ask('POST', '/v1/me/totp', { password: goodPassword })
    const authenticator = new Authenticator(String(body.secret), house.time)
    expect((await ask('POST', '/v1/me/totp/confirmation', { code: authenticator.code() })).status).toBe(204)
    house.time.advance(30)
    const choice = { required_factors: ['totp'], password: goodPassword, code: authenticator.code() }
    expect((await ask('PUT', '/v1/me/required-factors', choice)).status).toBe(204)

    await ways['PUT /v1/users/{id}/password']?.(id)
    house.time.advance(30)
    expect(await logIn({ username: 'chosen', code: authenticator.code() })).toBe(401)
    expect(await logIn({ username: 'chosen', password: newPassword })).toBe(201)
    const { body: me } = await asOwner('GET', `/v1/users/${id}`)
    expect(me.required_factors).toEqual(['password'])
  })
})
