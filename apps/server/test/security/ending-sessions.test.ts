// Users end their other sessions, the owner those of all users, and a browser's next login the one before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { dialectTests } from '../dialects.ts'
import { bearer, cookie, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

let server: RecordedServer
let owner: string
beforeAll(async () => {
  server = await startRecordedServer()
  owner = (await server.user('owner', 'owner')).id
})
afterAll(() => server.close())

let made = 0
const proof = { password: goodPassword }
const works = async (token: string) => (await server.ask('GET', '/v1/me', { headers: bearer(token) })).status === 200
const end = (token: string, query: string, body?: object) =>
  server.ask('DELETE', `/v1/sessions${query}`, { headers: bearer(token), body })

describe('N-411 a login of a browser', () => {
  const logIn = async (username: string, more: object, headers: Record<string, string> = {}) => {
    const body = { username, password: goodPassword, ...more }
    const answer = await server.ask('POST', '/v1/sessions', { body, headers })
    const value = /__Host-countersign=([^;]+)/.exec(String(answer.headers.get('set-cookie')))?.[1] ?? ''
    return { ...answer, cookie: cookie(value) }
  }
  const lives = async (headers: Record<string, string>) =>
    (await server.ask('GET', '/v1/me', { headers })).status === 200

  it.each(['the same user', 'another user'])(
    'ends the session of the cookie that it replaces, of %s',
    async (whose) => {
      const [first, second] = [`browser-${++made}`, whose === 'the same user' ? `browser-${made}` : `browser-${++made}`]
      for (const username of new Set([first, second])) await server.user(username)
      const old = await logIn(first, { cookie: true })
      const elsewhere = await logIn(first, { cookie: true })
      const next = await logIn(second, { cookie: true }, old.cookie)
      expect(next.status).toBe(201)
      expect([await lives(old.cookie), await lives(elsewhere.cookie), await lives(next.cookie)]).toEqual([
        false,
        true,
        true,
      ])
      expect(await works(String(old.body.access_token))).toBe(false)
      const events = server.sql('SELECT action FROM audit ORDER BY sequence DESC LIMIT 2').map(({ action }) => action)
      expect(events).toEqual(['authorization_created', 'authorization_revoked'])
    },
  )

  it('ends no session where it sets no cookie, where it is refused, or where the cookie is of no session', async () => {
    const username = `browser-${++made}`
    await server.user(username)
    const old = await logIn(username, { cookie: true })
    expect((await logIn(username, {}, old.cookie)).status).toBe(201)
    expect((await logIn(username, { cookie: true, password: 'wrong' }, old.cookie)).status).toBe(401)
    for (const value of ['x', '0'.repeat(64), `${old.cookie.cookie}; ${old.cookie.cookie}`.slice(19)]) {
      expect((await logIn(username, { cookie: true }, cookie(value))).status).toBe(201)
    }
    expect(await lives(old.cookie)).toBe(true)
  })
})

const ofEveryDialect = (id: string) =>
  Promise.all(dialectTests.flatMap(({ sessionPolicy }) => (sessionPolicy ? [server.session(id, sessionPolicy)] : [])))

describe('N-412 ending one’s other sessions', () => {
  it('ends those of every dialect, but not the presented one, personal tokens or another user’s sessions', async () => {
    const { id } = await server.user(`leaver-${++made}`)
    const other = await server.session((await server.user(`stayer-${made}`)).id)
    const [mine, ...others] = [await server.session(id), await server.session(id), ...(await ofEveryDialect(id))]
    const personal = await server.personalToken(id)
    expect((await end(mine.access, '?others=true')).status).toBe(204)
    for (const { access } of others) expect(await works(access)).toBe(false)
    for (const token of [mine.access, personal, other.access]) expect(await works(token)).toBe(true)
    expect((await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: mine.refresh } })).status).toBe(
      200,
    )
  })

  it.each(['', '?others=false', '?everybody=false', '?others=true&everybody=true', '?others=1'])(
    'requires one of them: %j is 400',
    async (query) => {
      const { access } = await server.session(owner)
      expect((await end(access, query, query === '' ? undefined : proof)).status).toBe(400)
    },
  )
})

describe('N-413 ending the sessions of all users', () => {
  it('is reserved to the owner, who shows every factor of a login again', async () => {
    const { id } = await server.user(`manager-${++made}`, 'manager')
    expect((await end((await server.session(id)).access, '?everybody=true', proof)).status).toBe(403)
    const { access } = await server.session(owner)
    expect((await end(access, '?everybody=true')).status).toBe(401)
    expect((await end(access, '?everybody=true', { password: 'wrong' })).status).toBe(401)
    expect(await works(access)).toBe(true)
  })

  it('ends every session of every user but the presented one, and no personal token or client’s token', async () => {
    const { id } = await server.user(`anybody-${++made}`)
    const machine = await server.machineToken((await server.client()).client)
    const [mine, another] = [await server.session(owner), await server.session(owner)]
    const sessions = [another, await server.session(id), ...(await ofEveryDialect(id))]
    const tokens = [await server.personalToken(id), await server.personalToken(owner)]
    expect((await end(mine.access, '?everybody=true', proof)).status).toBe(204)
    for (const { access } of sessions) expect(await works(access)).toBe(false)
    for (const token of [mine.access, ...tokens]) expect(await works(token)).toBe(true)
    expect((await server.ask('GET', '/v1/authorizations', { headers: bearer(machine) })).status).toBe(200)
    expect(await works((await server.session(id)).access)).toBe(true)
  })
})
