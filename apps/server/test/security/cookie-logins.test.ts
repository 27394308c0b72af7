// A login whose response has no token: what a page's scripts never see, they cannot lose.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { bearer, cookie, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

const given = 'a password that the owner made up'
const chosen = 'a quiet lighthouse keeps its own hours'
const page = 'https://app.example'
const noToken = { token_type: 'Bearer', access_token: '' }

let server: RecordedServer
let owner: { readonly id: string }
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true, flags: { 'allowed-origins': page } })
  owner = await server.user('boss', 'owner')
})
afterAll(() => server.close())

const logIn = (body: object, headers: Record<string, string> = {}) =>
  server.ask('POST', '/v1/sessions', {
    headers: { origin: server.issuer, ...headers },
    body: { password: goodPassword, cookie: true, tokens: false, ...body },
  })
type Answer = Awaited<ReturnType<typeof logIn>>
const cookieIn = ({ headers }: Answer): string =>
  /^__Host-countersign=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1] ?? ''
/** As a page of the server itself sends it. */
const own = (session: string) => ({ ...cookie(session), origin: server.issuer, 'sec-fetch-site': 'same-origin' })
const statusOf = async (session: string) => (await server.ask('GET', '/v1/me', { headers: own(session) })).status
const rows = () => server.sql('SELECT count(*) AS n FROM authorizations')

let made = 0
/** A user whose password must be changed. */
async function newUser(): Promise<string> {
  const username = `new-${++made}`
  const body = { username, role: 'viewer', password: given, must_change: true }
  const headers = bearer((await server.session(owner.id)).access)
  expect((await server.ask('POST', '/v1/users', { headers, body })).status).toBe(201)
  return username
}
const change = (session: string, headers: Record<string, string> = own(session)) =>
  server.ask('PUT', '/v1/me/password', { headers, body: { current_password: given, new_password: chosen } })

describe('N-726 a login without tokens', () => {
  it('answers with nothing that a script could present anywhere', async () => {
    const answer = await logIn({ username: 'boss' })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({ ...noToken, expires_in: 2_592_000, role: 'owner', scope: 'read write' })
    const session = cookieIn(answer)
    expect(answer.text).not.toContain(session)
    expect(answer.headers.get('set-cookie')).toMatch(/; Secure; HttpOnly; SameSite=Strict$/)
    expect(await statusOf(session)).toBe(200)
  })

  it('ends the session that the browser had, as every login with the cookie', async () => {
    const [first, second] = [cookieIn(await logIn({ username: 'boss' })), await newUser()]
    const incomplete = await logIn({ username: second, password: given }, cookie(first))
    expect([incomplete.status, incomplete.body.must_change]).toEqual([201, true])
    expect(await statusOf(first)).toBe(401)
  })

  it('is refused to a page on another origin, which gets no cookie, before the password is looked at', async () => {
    const before = rows()
    for (const password of [goodPassword, 'wrong']) {
      const answer = await logIn({ username: 'boss', password }, { origin: page })
      expect([answer.status, answer.body.code, answer.headers.has('set-cookie')]).toEqual([
        403,
        'origin_refused',
        false,
      ])
    }
    expect(rows()).toEqual(before)
  })

  it('is refused without the cookie, before the password is looked at', async () => {
    for (const password of [goodPassword, 'wrong']) {
      const { status, body } = await logIn({ username: 'boss', password, cookie: false })
      expect([status, body.errors]).toEqual([
        400,
        [{ pointer: '/body/tokens', detail: 'may be `false` only if `cookie` is `true`' }],
      ])
    }
  })
})

describe('N-727 the cookie of a login that is not complete', () => {
  it('permits the step that completes it, and nothing else, for ten minutes', async () => {
    const answer = await logIn({ username: await newUser(), password: given })
    expect(answer.body).toEqual({ ...noToken, expires_in: 600, must_change: true, role: 'viewer', scope: 'read write' })
    const session = cookieIn(answer)
    expect(answer.headers.get('set-cookie')).toContain('; Max-Age=600; ')
    for (const [method, path] of [
      ['GET', '/v1/me'],
      ['GET', '/v1/sessions/current'],
      ['GET', '/v1/authorizations'],
      ['DELETE', '/v1/sessions?others=true'],
      ['POST', '/v1/me/totp'],
      ['POST', '/v1/tokens'],
    ] as const) {
      const { status } = await server.ask(method, path, { headers: own(session) })
      expect([method, path, status]).toEqual([method, path, 403])
    }
    const forwarded = { ...own(session), 'x-forwarded-method': 'GET' }
    expect((await server.ask('GET', '/v1/forward-auth', { headers: forwarded })).status).toBe(403)
    server.time.advance(600)
    expect((await change(session)).body.code).toBe('token_expired')
  })

  it('permits it to no page of another site', async () => {
    const username = await newUser()
    const session = cookieIn(await logIn({ username, password: given }))
    const foreign = { ...cookie(session), origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect((await change(session, foreign)).body.code).toBe('origin_refused')
    expect((await change(session, cookie(session))).body.code).toBe('origin_refused')
    expect((await change(session)).status).toBe(204)
  })

  it('is worth nothing after the step: the session is one of another login', async () => {
    const username = await newUser()
    const session = cookieIn(await logIn({ username, password: given }))
    expect((await change(session)).status).toBe(204)
    expect(await statusOf(session)).toBe(401)
    const opened = cookieIn(await logIn({ username, password: chosen }, cookie(session)))
    expect([opened === session, await statusOf(opened)]).toEqual([false, 200])
  })
})
