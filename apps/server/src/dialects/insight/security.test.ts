// What attackers try at Insight's operations, and with its `X-Auth-Token`.
import { nativeSessionPolicy, throughClient } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, cookie, form, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'
import { read, refusal, tooMany } from '../../pipeline/testing/credential-of.ts'
import { goodPassword } from '../../testing/test-server.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
})
afterAll(() => server.close())

let users = 0
const newUser = async (role: 'viewer' | 'manager' = 'viewer') => {
  const username = `somebody-${++users}`
  return { username, id: (await server.user(username, role)).id }
}
const sessionOf = async (id: string) => bearer((await server.session(id)).access)
const ask: RecordedServer['ask'] = (...question) => server.ask(...question)
const create = (headers: Record<string, string>, body: object = {}) => ask('POST', '/v1/tokens', { headers, body })
const insufficient = (realm: string, maxAge = 300) =>
  `Bearer realm="${realm}", error="insufficient_user_authentication", max_age="${maxAge}"`

describe('a personal token that is made here', () => {
  it('N-323 with a bearer token requires a login as recent as natively', async () => {
    const { id } = await newUser()
    const headers = await sessionOf(id)
    expect((await ask('POST', '/api/token', { headers })).status).toBe(200)
    server.time.advance(301)
    for (const [method, path] of [
      ['POST', '/api/token'],
      ['GET', '/api/createApiToken'],
    ] as const) {
      const answer = await ask(method, path, { headers })
      expect([answer.status, answer.body]).toEqual([401, { error: 'Credentials required' }])
      expect(answer.headers.get('www-authenticate')).toBe(insufficient('insight'))
    }
  })

  it('N-323 with the cookie permits a login twelve hours old, which natively is too old', async () => {
    const { id } = await newUser()
    const headers = cookie(server.cookieOf((await server.session(id)).id))
    server.time.advance(43_200)
    const native = await create({ ...headers, origin: server.issuer })
    expect([native.status, native.body.code]).toEqual([401, 'login_too_old'])
    expect((await ask('GET', '/api/createApiToken', { headers })).status).toBe(200)
    server.time.advance(1)
    const answer = await ask('GET', '/api/createApiToken', { headers })
    expect([answer.status, answer.body]).toEqual([401, { error: 'Credentials required' }])
    expect(answer.headers.get('www-authenticate')).toBe(insufficient('insight', 43_200))
  })

  it('lives until it is revoked, and lists warn of it', async () => {
    const { id } = await newUser()
    const headers = await sessionOf(id)
    await ask('POST', '/api/token', { headers })
    const { body } = await ask('GET', '/v1/tokens', { headers })
    expect(body.tokens).toMatchObject([{ expires_at: null, warning: 'endless' }])
  })

  it('is made by no session that a client holds for a user', async () => {
    const { id } = await newUser('manager')
    const { client } = await server.client({ role: 'manager' })
    const headers = bearer((await server.session(id, throughClient(nativeSessionPolicy, client))).access)
    expect((await ask('GET', '/api/createApiToken', { headers })).status).toBe(403)
    expect((await ask('POST', '/api/token', { headers })).status).toBe(403)
    expect(server.sql(`select id from authorizations where kind = 'personal' and subject_id = ?`, id)).toEqual([])
  })

  it('I4 has the role that the user has when it is made, not the role of the login', async () => {
    const { id } = await newUser('manager')
    const session = await server.session(id)
    const give = async (role: string) => {
      server.sql('update users set role = ? where id = ?', role, id)
      // Another process's commit is heard of in the next turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const roleOf = async (headers: Record<string, string>) => (await ask('GET', '/v1/me', { headers })).body.role
    await give('viewer')
    const made = await ask('GET', '/api/createApiToken', { headers: cookie(server.cookieOf(session.id)) })
    const shown = { 'x-auth-token': String(made.body.token) }
    expect(await roleOf(shown)).toBe('viewer')
    await give('manager')
    expect(await roleOf(shown), 'the role that comes back does not widen it').toBe('viewer')
    expect(await roleOf(bearer(session.access)), 'nor was the session of another role').toBe('manager')
  })

  it.each(['a b', 'Ünï', 'Михаил', 'אבג', 'x'.padEnd(200, 'y'), 'ü'.repeat(127)])(
    'is listed with the name as it was given: %s',
    async (username) => {
      const { id } = await server.user(username)
      const headers = { 'x-auth-token': await server.personalToken(id) }
      expect(JSON.parse((await ask('GET', '/api/getApiTokens', { headers })).text)).toMatchObject([{ uid: username }])
    },
  )
})

it('N-385 a name may have a colon: the form carries it', async () => {
  await server.user('with:colon')
  const body = form({ username: 'with:colon', password: goodPassword })
  expect((await ask('POST', '/api/authenticate/userpass', { body })).status).toBe(200)
})

describe('tokens', () => {
  const userpass = async (username: string) => {
    const body = form({ username, password: goodPassword })
    return String((await server.ask('POST', '/api/authenticate/userpass', { body })).body.token)
  }
  const opens = async (token: string) =>
    (await server.ask('GET', '/api/getApiTokens', { headers: { 'x-auth-token': token } })).status === 200

  it('that a login left behind are kept up to 100, those that were used last; those that were made stay', async () => {
    const { username, id } = await newUser()
    const headers = bearer((await server.session(id)).access)
    const made = await server.ask('POST', '/api/token', { headers })
    const [first, second] = [await userpass(username), await userpass(username)]
    server.time.advance(1)
    for (let turn = 0; turn < 98; turn++) await userpass(username)
    server.time.advance(1)
    expect(await opens(first)).toBe(true)
    await userpass(username)
    expect([await opens(first), await opens(second)]).toEqual([true, false])
    expect(await opens(String(made.body.token))).toBe(true)
    const { body } = await server.ask('GET', '/api/getApiTokens', { headers: { 'x-auth-token': first } })
    expect(body).toHaveLength(101)
  })
})

describe('the one credential of a request', () => {
  it('is not found in a second X-Auth-Token, whatever the first one holds', () => {
    for (const first of ['', ' ', 'x', 'Bearer', 'Bearer t']) {
      const tokens = [
        ['X-Auth-Token', first],
        ['X-Auth-Token', 't'],
      ] as const
      expect(refusal(['authToken'], tokens), `X-Auth-Token: ${first}`).toMatchObject(tooMany)
    }
  })

  it('does not stand beside an Authorization, even where either is empty', () => {
    for (const value of ['', ' ', 't']) {
      for (const header of ['', ' ', 'Bearer t', 'Basic eDp5']) {
        const both = [
          ['X-Auth-Token', value],
          ['Authorization', header],
        ] as const
        expect(refusal(['bearer', 'authToken'], both)).toMatchObject(tooMany)
      }
    }
    expect(read(['authToken'], [['Authorization', 'Bearer t']])).toEqual({ kind: 'none' })
  })
})
