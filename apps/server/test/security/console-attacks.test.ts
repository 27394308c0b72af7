import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dialectNames } from '../../src/dialects/registry.ts'
import { type Route, routes } from '../../src/generated/index.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { bearer, cookie, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

const script = '/console/assets/stand-in-1a2b3c4d.js'
const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const markup = '<script>alert(1)</script>'

let server: RecordedServer
let owner: { readonly id: string }
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
  owner = await server.user('boss', 'owner')
})
afterAll(() => server.close())

/** A login as the console does it. @returns The value of the cookie. */
async function logIn(headers: Record<string, string> = {}): Promise<string> {
  const body = { username: 'boss', password: goodPassword, cookie: true }
  const answer = await server.ask('POST', '/v1/sessions', { headers: { origin: server.issuer, ...headers }, body })
  expect(answer.status).toBe(201)
  return /^__Host-countersign=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? ''
}
const works = async (session: string) =>
  (await server.ask('GET', '/v1/me', { headers: cookie(session) })).status === 200
const fetch = (path: string, headers: Record<string, string> = {}) =>
  server.running.fetch(path, { headers, redirect: 'manual' })

/** The operations of the native API that the console's cookie opens and that change something. */
const changing = (Object.values(routes) as Route[]).filter(
  ({ method, tag, security }) =>
    method !== 'GET' && security.includes('sessionCookie') && !(dialectNames as readonly string[]).includes(tag),
)

/** What browsers send with a request that a page of somebody else starts. */
const foreign: Readonly<Record<string, Record<string, string>>> = {
  'another site': { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  'a sibling of the site': { origin: 'https://evil.auth.example', 'sec-fetch-site': 'same-site' },
  'an opaque origin': { origin: 'null', 'sec-fetch-site': 'cross-site' },
  'an old browser': { origin: 'https://evil.example' },
  'a program without a browser': {},
}

describe('N-715 a request of somebody else’s page that the console’s cookie goes with', () => {
  it.each(Object.entries(foreign))('changes nothing from %s, at any operation', async (_name, headers) => {
    const session = await logIn()
    expect(changing.length).toBeGreaterThan(30)
    const before = server.sql('SELECT count(*) AS events FROM audit')
    for (const { method, path, operationId } of changing) {
      const target = path.replaceAll(/\{kid\}/g, 'A'.repeat(43)).replaceAll(/\{\w+\}/g, '0'.repeat(22))
      const { status, body } = await server.ask(method, target, { headers: { ...cookie(session), ...headers } })
      expect([operationId, status, body.code]).toEqual([operationId, 403, 'origin_refused'])
    }
    expect(server.sql('SELECT count(*) AS events FROM audit')).toEqual(before)
    expect(await works(session)).toBe(true)
  })
})

describe('the console’s page', () => {
  const pages = ['/console', '/console/tokens', '/console/assets/nothing.js', script]

  it('N-716 cannot be framed, wherever it is asked for', async () => {
    for (const path of pages) {
      const headers = (await fetch(path, navigation)).headers
      expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'")
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    }
  })

  it('N-717 makes no script of text, and loads nothing from elsewhere', async () => {
    const { headers } = await fetch('/console', navigation)
    expect(headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "font-src 'self'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ])
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('permissions-policy')).toContain('camera=()')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('N-718 sends nobody to an address of the request', async () => {
    const evil = 'https://evil.example'
    for (const path of [`/console?next=${evil}`, `/console//evil.example`, `/console/${encodeURIComponent(evil)}`]) {
      const answer = await fetch(path, navigation)
      expect([answer.status, answer.headers.get('location')], path).toEqual([200, null])
      expect(await answer.text()).not.toContain('evil')
    }
    // Node's own fetch sends another Sec-Fetch-Mode than a navigation.
    const asked = { headers: { ...navigation, 'x-forwarded-host': 'evil.example' } }
    const { status, headers } = await server.ask('GET', '/', asked)
    expect([status, headers.get('location')]).toEqual([302, 'console'])
    for (const path of ['//evil.example', '//evil.example/console', '/%2f%2fevil.example'])
      expect((await fetch(path, navigation)).headers.get('location'), path).toBeNull()
  })

  it('N-719 gives no file but its own', async () => {
    for (const name of ['..%2f..%2fpackage.json', '..%5cindex.js', 'index.html', '.env', 'a%00.js']) {
      const { status } = await fetch(`/console/assets/${name}`)
      expect([400, 404], name).toContain(status)
    }
  })
})

describe('a session of the console', () => {
  it('N-720 is a new one at each login: a cookie that was planted before is worth nothing after', async () => {
    const planted = await logIn()
    const opened = await logIn(cookie(planted))
    expect(opened).not.toBe(planted)
    expect([await works(planted), await works(opened)]).toEqual([false, true])
    const invented = 'A'.repeat(planted.length)
    expect(await logIn(cookie(invented))).not.toBe(invented)
    expect(await works(invented)).toBe(false)
  })

  it('N-721 leaves nothing in the browser after its end: no answer is stored, and storage is cleared', async () => {
    const session = await logIn()
    for (const path of ['/v1/me', '/v1/tokens', '/v1/authorizations', '/v1/keys', '/v1/settings', '/v1/statistics']) {
      const { headers } = await server.ask('GET', path, { headers: cookie(session) })
      expect(headers.get('cache-control'), path).toBe('no-store')
    }
    const ended = await server.ask('DELETE', '/v1/sessions/current', {
      headers: { ...cookie(session), origin: server.issuer, 'sec-fetch-site': 'same-origin' },
    })
    expect(ended.headers.get('clear-site-data')).toContain('"storage"')
    expect(ended.headers.get('set-cookie')).toMatch(/^__Host-countersign=; Path=\/; Max-Age=0; Secure; HttpOnly/)
    expect(await works(session)).toBe(false)
    expect((await fetch('/console/tokens')).headers.get('cache-control')).toBe('no-store')
  })

  it('N-722 is opened by no token in an address, and no address is logged', async () => {
    const { access } = await server.session(owner.id)
    expect((await server.ask('GET', `/v1/me?access_token=${access}`)).status).toBe(401)
    await fetch(`/console/tokens?access_token=${access}`, navigation)
    expect(server.running.log()).not.toContain(access)
  })
})

describe('N-723 markup in every name that is stored', () => {
  it('is an inert text in JSON, also for a browser that asks for a page', async () => {
    const { access } = await server.session(owner.id)
    const post = (path: string, body: object) => server.ask('POST', path, { headers: bearer(access), body })
    expect((await post('/v1/users', { username: markup, role: 'viewer', password: goodPassword })).status).toBe(201)
    expect((await post('/v1/clients', { name: markup })).status).toBe(201)
    const scopes = [{ name: 'a', description: markup }]
    expect((await post('/v1/apis', { identifier: 'https://a.example', name: markup, scopes })).status).toBe(201)
    expect((await post('/v1/tokens', { label: markup })).status).toBe(201)
    for (const path of ['/v1/users', '/v1/clients', '/v1/apis', '/v1/me/apis', '/v1/tokens', '/v1/authorizations']) {
      const answer = await fetch(path, { ...navigation, ...bearer(access) })
      expect(await answer.text(), path).toContain(markup)
      expect(answer.headers.get('content-type'), path).toBe('application/json')
      expect(answer.headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(answer.headers.get('content-security-policy'), path).toBe("default-src 'none'; frame-ancestors 'none'")
    }
    expect(await (await fetch(`/console/${encodeURIComponent(markup)}`, navigation)).text()).not.toContain('alert')
  })
})
