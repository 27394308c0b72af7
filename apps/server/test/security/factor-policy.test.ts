// A login requires the factors that the policy demands of the role, whatever the user chose.
import type { Factor } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { Authenticator } from '../authenticator.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { codePaths, dialectPasswordPaths, guess, named, newAddress } from './login-paths.ts'

let server: RecordedServer
let owner: string
beforeAll(async () => {
  server = await startRecordedServer({
    flags: { 'required-factors-manager': 'password+totp', 'required-factors-owner': 'password' },
  })
  owner = (await server.user('owner', 'owner')).id
})
afterAll(() => server.close())

const asOwner = async (method: string, path: string, body?: object) =>
  server.ask(method, path, { headers: bearer((await server.session(owner)).access), body })
const logIn = (body: object) => server.ask('POST', '/v1/sessions', { body })

/** A manager of before the policy: they must show less than it demands. */
const managerWith = async (factors: readonly Factor[]) => {
  const user = await server.enrolled(factors)
  server.sql("UPDATE users SET role = 'manager' WHERE id = ?", user.id)
  if (factors.includes('password') && !factors.includes('totp')) {
    server.sql('DELETE FROM enrolments WHERE user_id = ?', user.id)
  }
  return user
}

describe('N-404 a manager who has an authenticator and chose to show the password alone', () => {
  const enrolledManager = async () => {
    const user = await server.enrolled(['password'])
    const code = { code: user.authenticator.code() }
    const { access } = await server.session(user.id)
    expect((await server.ask('POST', '/v1/me/totp/confirmation', { headers: bearer(access), body: code })).status).toBe(
      204,
    )
    server.sql("UPDATE users SET role = 'manager' WHERE id = ?", user.id)
    return user
  }

  it('must show both at login', async () => {
    const { username, password, authenticator } = await enrolledManager()
    expect((await logIn({ username, password })).status).toBe(401)
    expect((await logIn({ username, code: authenticator.next() })).status).toBe(401)
    const { status, body } = await logIn({ username, password, code: authenticator.next() })
    expect([status, body.must_enrol]).toEqual([201, undefined])
    expect(body).toHaveProperty('refresh_token')
  })

  it('must show both wherever a proof is required', async () => {
    const { id, password, authenticator } = await enrolledManager()
    const headers = bearer((await server.session(id)).access)
    const codes = (body: object) => server.ask('POST', '/v1/me/recovery-codes', { headers, body })
    expect((await codes({ password })).status).toBe(401)
    expect((await codes({ password, code: authenticator.next() })).status).toBe(201)
  })

  it('is refused as for a wrong password where a vendor’s wire takes one factor', async () => {
    const { username, password = '' } = await enrolledManager()
    await expectRefused(username, password)
  })
})

const expectRefused = async (username: string, password: string) => {
  const { client } = await server.client()
  for (const path of dialectPasswordPaths) {
    const account = { ...named(username), clientId: client.id }
    expect([path.name, (await guess(server, path, account, password, newAddress())).status]).toEqual([path.name, 401])
  }
}

describe('N-405 a manager without an authenticator', () => {
  it('sets one up before anything else, and logs in with both', async () => {
    const { username, password } = await managerWith(['password'])
    const first = await logIn({ username, password, cookie: true })
    expect([first.status, first.body.must_enrol, first.body.expires_in]).toEqual([201, true, 600])
    expect(first.body).not.toHaveProperty('refresh_token')
    expect(first.headers.has('set-cookie')).toBe(false)
    const headers = bearer(String(first.body.access_token))
    for (const [method, path, body] of [
      ['GET', '/v1/me', undefined],
      ['PUT', '/v1/me/password', { current_password: password, new_password: 'a quiet lighthouse' }],
      ['POST', '/v1/me/recovery-codes', { password }],
      ['GET', '/v1/droplets', undefined],
    ] as const) {
      expect([path, (await server.ask(method, path, { headers, body })).status]).toEqual([path, 403])
    }
    const setUp = await server.ask('POST', '/v1/me/totp', { headers, body: { password } })
    expect(setUp.status).toBe(200)
    const authenticator = new Authenticator(String(setUp.body.secret), server.time)
    const confirmation = { headers, body: { code: authenticator.code() } }
    expect((await server.ask('POST', '/v1/me/totp/confirmation', confirmation)).status).toBe(204)
    const both = { required_factors: ['password', 'totp'], password, code: authenticator.next() }
    expect((await server.ask('PUT', '/v1/me/required-factors', { headers, body: both })).status).toBe(204)
    expect((await logIn({ username, password })).status).toBe(401)
    const { body } = await logIn({ username, password, code: authenticator.next() })
    expect(body).toHaveProperty('refresh_token')
    expect((await server.ask('DELETE', '/v1/sessions/current', { headers })).status).toBe(204)
  })

  it('with a secret that the owner gave them confirms it by logging in with both', async () => {
    const { username, password, authenticator } = await server.enrolled(['password'])
    server.sql("UPDATE users SET role = 'manager' WHERE username = ?", username)
    const { body } = await logIn({ username, password, code: authenticator.code() })
    expect(body).toHaveProperty('refresh_token')
    expect((await logIn({ username, password })).status).toBe(401)
  })

  it('is refused as for a wrong password where a vendor’s wire takes one factor', async () => {
    const { username, password = '' } = await managerWith(['password'])
    await expectRefused(username, password)
  })

  it('without a password learns that the policy demands one, if the code is right', async () => {
    const { username, authenticator } = await managerWith(['totp'])
    expect((await logIn({ username, code: authenticator.wrong() })).body.code).toBe('credentials_invalid')
    const { status, body } = await logIn({ username, code: authenticator.code() })
    expect([status, body.code]).toEqual([403, 'factors_insufficient'])
    for (const path of codePaths.filter(({ operationId }) => operationId !== 'createSession')) {
      const answer = await guess(server, path, named(username), authenticator.next(), newAddress())
      expect([path.name, answer.status]).toEqual([path.name, path.refused ?? 401])
    }
  })
})

describe('N-406 less than the policy demands', () => {
  const insufficient = [403, 'factors_insufficient']
  const outcome = ({ status, body }: { status: number; body: Record<string, unknown> }) => [status, body.code]

  it('cannot be chosen by the user', async () => {
    const { id, password, authenticator } = await server.enrolled(['password', 'totp'], goodPassword, 'manager')
    const headers = bearer((await server.session(id)).access)
    const body = { required_factors: ['password'], password, code: authenticator.code() }
    expect(outcome(await server.ask('PUT', '/v1/me/required-factors', { headers, body }))).toEqual(insufficient)
    // The code was not spent on it.
    expect(
      (await server.ask('POST', '/v1/me/recovery-codes', { headers, body: { password, code: body.code } })).status,
    ).toBe(201)
  })

  it('cannot be set by the owner, nor at creation, with a new role or with the ownership', async () => {
    const manager = await server.enrolled(['password', 'totp'], goodPassword, 'manager')
    const viewer = await server.user('ambitious')
    const change = (id: string, body: object) => asOwner('PATCH', `/v1/users/${id}`, body)
    expect(outcome(await change(manager.id, { required_factors: ['password'] }))).toEqual(insufficient)
    expect(outcome(await change(viewer.id, { role: 'manager' }))).toEqual(insufficient)
    const made = { username: 'below', role: 'manager', password: goodPassword }
    expect(outcome(await asOwner('POST', '/v1/users', made))).toEqual(insufficient)
    const byCode = await server.enrolled(['totp'])
    const ownership = await asOwner('POST', `/v1/users/${byCode.id}/ownership`, { password: goodPassword })
    expect(outcome(ownership)).toEqual(insufficient)
    expect((await asOwner('GET', `/v1/users/${viewer.id}`)).body.role).toBe('viewer')
  })

  it('prevents neither a lower role nor any other change of the user', async () => {
    const { id } = await managerWith(['password'])
    expect((await asOwner('PATCH', `/v1/users/${id}`, { disabled: true })).status).toBe(200)
    expect((await asOwner('PATCH', `/v1/users/${id}`, { disabled: false, role: 'viewer' })).status).toBe(200)
  })
})
