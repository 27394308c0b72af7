// A password that an administrator set is good for nothing but setting another one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { basic, bearer, cookie, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { dialectPasswordPaths, guess, named, newAddress } from './login-paths.ts'

const given = 'a password that the owner made up'
const chosen = 'a quiet lighthouse keeps its own hours'
const day = 86_400

let server: RecordedServer
let owner: string
beforeAll(async () => {
  server = await startRecordedServer()
  owner = (await server.user('owner', 'owner')).id
})
afterAll(() => server.close())

let made = 0
const asOwner = async (method: string, path: string, body?: object) =>
  server.ask(method, path, { headers: bearer((await server.session(owner)).access), body })
const logIn = (username: string, password: string, more: object = {}) =>
  server.ask('POST', '/v1/sessions', { body: { username, password, ...more } })

/** A user whose password must be changed, made or reset by the owner. */
const newUser = async (how: 'made' | 'reset' = 'made') => {
  const username = `new-${++made}`
  if (how === 'made') {
    const body = { username, role: 'viewer', password: given, must_change: true }
    const answer = await asOwner('POST', '/v1/users', body)
    expect([answer.status, answer.body.must_change]).toEqual([201, true])
    return { username, id: String(answer.body.id) }
  }
  const { id } = await server.user(username)
  const body = { password: given, must_change: true }
  expect((await asOwner('PUT', `/v1/users/${id}/password`, body)).status).toBe(204)
  return { username, id }
}

const change = (token: string, current: string, next: string) =>
  server.ask('PUT', '/v1/me/password', {
    headers: bearer(token),
    body: { current_password: current, new_password: next },
  })

describe.each(['made', 'reset'] as const)('N-400 a password that must be changed, %s by the owner', (how) => {
  it('logs in with a token for that alone: opaque, for ten minutes, without a refresh token or a cookie', async () => {
    const { username } = await newUser(how)
    const { status, body, headers } = await logIn(username, given, { cookie: true })
    expect([status, body.must_change, body.expires_in]).toEqual([201, true, 600])
    expect(body.access_token).toMatch(/^cs_at_/)
    expect(body).not.toHaveProperty('refresh_token')
    expect(headers.has('set-cookie')).toBe(false)
    const token = String(body.access_token)
    for (const [method, path] of [
      ['GET', '/v1/me'],
      ['GET', '/v1/sessions/current'],
      ['GET', '/v1/authorizations'],
      ['DELETE', '/v1/sessions?others=true'],
      ['POST', '/v1/me/totp'],
    ] as const) {
      const { status } = await server.ask(method, path, { headers: bearer(token) })
      expect([method, path, status]).toEqual([method, path, 403])
    }
    server.time.advance(600)
    expect((await change(token, given, chosen)).body.code).toBe('token_expired')
  })

  it('refuses the password that another user has set, in any spelling', async () => {
    const { username } = await newUser(how)
    const token = String((await logIn(username, given)).body.access_token)
    for (const same of [given, given.replace(' ', '\u00a0')]) {
      const { status, body } = await change(token, given, same)
      expect([status, body.code, body.reason]).toEqual([422, 'password_unacceptable', 'unchanged'])
    }
    expect((await change(token, given, chosen)).status).toBe(204)
  })

  it('changes the password, and the user logs in anew', async () => {
    const { username, id } = await newUser(how)
    const token = String((await logIn(username, given)).body.access_token)
    expect((await change(token, 'wrong', chosen)).status).toBe(401)
    expect((await change(token, given, chosen)).status).toBe(204)
    expect((await change(token, chosen, goodPassword)).status).toBe(401)
    expect((await logIn(username, given)).status).toBe(401)
    const { status, body } = await logIn(username, chosen)
    expect([status, body.must_change]).toEqual([201, undefined])
    expect(body).toHaveProperty('refresh_token')
    expect((await asOwner('GET', `/v1/users/${id}`)).body).not.toHaveProperty('must_change')
  })

  it('logs out', async () => {
    const { username } = await newUser(how)
    const token = String((await logIn(username, given)).body.access_token)
    expect((await server.ask('DELETE', '/v1/sessions/current', { headers: bearer(token) })).status).toBe(204)
    expect((await change(token, given, chosen)).status).toBe(401)
  })

  it('has one such login at a time', async () => {
    const { username } = await newUser(how)
    const [first, second] = [await logIn(username, given), await logIn(username, given)]
    expect((await change(String(first.body.access_token), given, chosen)).status).toBe(401)
    expect((await change(String(second.body.access_token), given, chosen)).status).toBe(204)
  })

  it('N-401 is a wrong one on every path of a vendor', async () => {
    const { username } = await newUser(how)
    const { client } = await server.client()
    for (const path of dialectPasswordPaths) {
      const attempt = (name: string) =>
        guess(server, path, { ...named(name), clientId: client.id }, given, newAddress())
      const [right, wrong] = [await attempt(username), await attempt('nobody at all')]
      server.sql('DELETE FROM counters')
      expect([path.name, right.status, right.text]).toEqual([path.name, 401, wrong.text])
    }
    expect(
      server.sql(
        'SELECT id FROM authorizations WHERE subject_id IN (SELECT id FROM users WHERE username = ?)',
        username,
      ),
    ).toEqual([])
  })

  it('N-402 is over unused after 14 days, and good until then', async () => {
    const { username, id } = await newUser(how)
    server.time.advance(14 * day - 1)
    expect((await logIn(username, given)).status).toBe(201)
    server.time.advance(1)
    const answer = await logIn(username, given)
    expect([answer.status, answer.body.code]).toEqual([401, 'credentials_invalid'])
    expect((await asOwner('PUT', `/v1/users/${id}/password`, { password: chosen })).status).toBe(204)
    expect((await logIn(username, chosen)).body.must_change).toBeUndefined()
  })
})

describe('N-403 the token of a login that is not complete', () => {
  it('is inactive to clients and to the owner, and can be revoked by either', async () => {
    const { username } = await newUser()
    const { client, secret } = await server.client({ audience: [server.issuer] })
    const token = String((await logIn(username, given)).body.access_token)
    const asked = { headers: basic(client.id, secret), body: form({ token }) }
    expect((await server.ask('POST', '/oauth2/introspect', asked)).body).toEqual({ active: false })
    expect((await asOwner('POST', '/v1/introspect', { token })).body).toEqual({ active: false })
    const { body } = await asOwner('GET', '/v1/authorizations?all=true&kind=password_change')
    expect((body.authorizations as unknown[]).length).toBeGreaterThan(0)
    expect((await asOwner('POST', '/v1/revoke', { token })).status).toBe(204)
    expect((await change(token, given, chosen)).status).toBe(401)
  })

  it('leaves the session of a browser’s cookie alone', async () => {
    const { username } = await newUser()
    const { id } = await server.user(`beside-${made}`)
    const old = server.cookieOf((await server.session(id)).id)
    const headers = cookie(old)
    await server.ask('POST', '/v1/sessions', { body: { username, password: given, cookie: true }, headers })
    expect((await server.ask('GET', '/v1/me', { headers })).status).toBe(200)
  })
})

it('N-400 a user without a password cannot be created with one that must be changed', async () => {
  const { status, body } = await asOwner('POST', '/v1/users', {
    username: 'no-password',
    role: 'viewer',
    must_change: true,
  })
  expect([status, body.errors]).toEqual([400, [{ pointer: '/body/password', detail: 'is required' }]])
})

it('N-400 a login with a password that must be changed also requires a code if the user’s login does', async () => {
  const { id, username, authenticator } = await server.enrolled(['password', 'totp'])
  await asOwner('PUT', `/v1/users/${id}/password`, { password: given, must_change: true })
  expect((await logIn(username, given)).status).toBe(401)
  const { body } = await logIn(username, given, { code: authenticator.code() })
  expect(body.must_change).toBe(true)
  const passwords = { current_password: given, new_password: chosen }
  const changed = (more: object) =>
    server.ask('PUT', '/v1/me/password', {
      headers: bearer(String(body.access_token)),
      body: { ...passwords, ...more },
    })
  expect((await changed({})).status).toBe(401)
  expect((await changed({ code: authenticator.next() })).status).toBe(204)
})
