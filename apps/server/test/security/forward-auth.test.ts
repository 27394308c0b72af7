import { localCaller } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { bearer, cookie, type RecordedServer, type RegisteredClient, startRecordedServer } from '../recorded-server.ts'

const orders = 'https://orders.example'
const stock = 'https://stock.example'

let server: RecordedServer
let vera: { readonly id: string }
let max: { readonly id: string }
let robot: RegisteredClient
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
  for (const identifier of [orders, stock]) await server.api(identifier)
  const apis = [{ identifier: server.issuer }, { identifier: orders, scope: 'orders:read orders:write' }]
  robot = await server.client({ name: 'vera', role: 'manager', apis })
  vera = await server.user('vera')
  max = await server.user('max', 'manager')
})
afterAll(() => server.close())

/** What the proxy asks for a request of this method. */
const check = (headers: Record<string, string>, query: Record<string, string> = {}, method = 'GET') => {
  const search = new URLSearchParams(query).toString()
  return server.ask('GET', `/v1/forward-auth${search && `?${search}`}`, {
    headers: { ...headers, 'x-forwarded-method': method },
  })
}

const statusOf = async (...given: Parameters<typeof check>) => (await check(...given)).status
const sessionOf = async ({ id }: { readonly id: string }) => bearer((await server.session(id)).access)

/** A user's token for an API, as a login with `resource` gives it. */
async function tokenFor(username: string, resource: string): Promise<string> {
  const { body } = await server.ask('POST', '/v1/sessions', { body: { username, password: goodPassword, resource } })
  return String(body.access_token)
}

const identity = ({ headers }: Awaited<ReturnType<typeof check>>) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-countersign-')))

describe('forward authentication', () => {
  it('tells whose the request is', async () => {
    const { status, text, headers, ...answer } = await check(await sessionOf(max))
    expect([status, text, headers.get('cache-control')]).toEqual([204, '', 'no-store'])
    expect(identity({ status, text, headers, ...answer })).toEqual({
      'x-countersign-subject': max.id,
      'x-countersign-kind': 'session',
      'x-countersign-username': 'max',
      'x-countersign-role': 'manager',
      'x-countersign-scope': 'read write',
      'x-countersign-client': 'countersign',
    })
    const { id } = await server.session(vera.id)
    expect(identity(await check(cookie(server.cookieOf(id))))).toMatchObject({ 'x-countersign-username': 'vera' })
    const personal = await check(bearer(await server.personalToken(vera.id)))
    expect(identity(personal)).toMatchObject({ 'x-countersign-kind': 'personal', 'x-countersign-username': 'vera' })
  })

  it('needs a role at least, where the proxy names one', async () => {
    for (const [role, status] of [
      ['viewer', 204],
      ['manager', 204],
      ['owner', 403],
    ] as const) {
      expect([role, await statusOf(await sessionOf(max), { role })]).toEqual([role, status])
    }
    const { headers } = await check(await sessionOf(max), { role: 'owner' })
    expect(headers.get('www-authenticate')).toBeNull()
  })

  it('N-701 ends with the session, the user’s role and the client, at once', async () => {
    const una = await server.user('una', 'manager')
    const { id, access } = await server.session(una.id)
    expect(await statusOf(bearer(access), { role: 'manager' })).toBe(204)
    await server.running.authority.useCases.users.change({ id: una.id, role: 'viewer' }, localCaller)
    expect(await statusOf(bearer(access), { role: 'manager' })).toBe(403)
    await server.ask('DELETE', `/v1/authorizations/${id}`, { headers: bearer(access) })
    expect(await statusOf(bearer(access))).toBe(401)
    expect(await statusOf(cookie(server.cookieOf(id)))).toBe(401)
  })

  it('N-702 accepts a token only for the API that is guarded, and no cookie for an API', async () => {
    const own = (await sessionOf(vera)).authorization
    const forOrders = bearer(await tokenFor('vera', orders)).authorization
    const forStock = bearer(await tokenFor('vera', stock)).authorization
    const targets = [undefined, server.issuer, orders, stock]
    const accepted: Record<string, readonly number[]> = {}
    for (const [name, authorization] of Object.entries({ own, forOrders, forStock })) {
      const statuses: number[] = []
      for (const resource of targets) {
        statuses.push(await statusOf({ authorization }, resource === undefined ? {} : { resource }))
      }
      accepted[name] = statuses
    }
    expect(accepted).toEqual({
      own: [204, 204, 401, 401],
      forOrders: [401, 401, 204, 401],
      forStock: [401, 401, 401, 204],
    })
    const machine = bearer(await server.machineToken(robot.client, orders))
    expect(identity(await check(machine, { resource: orders }))).toMatchObject({
      'x-countersign-kind': 'machine',
      'x-countersign-scope': 'orders:read orders:write',
    })
    const { body } = await server.ask('POST', '/v1/sessions', {
      body: { username: 'vera', password: goodPassword, resource: [server.issuer, orders] },
    })
    const { id } = (await server.ask('GET', '/v1/sessions/current', { headers: bearer(String(body.access_token)) }))
      .body
    expect(await statusOf(cookie(server.cookieOf(String(id))))).toBe(204)
    expect(await statusOf(cookie(server.cookieOf(String(id))), { resource: orders })).toBe(401)
    expect(await statusOf(bearer(await server.personalToken(vera.id)), { resource: orders })).toBe(401)
    const unknown = await check({ authorization: own }, { resource: 'https://nowhere.example' })
    expect([unknown.status, unknown.body.code]).toEqual([400, 'target_invalid'])
  })

  it('N-703 needs read or write after the method of the original request, and every scope that the proxy names', async () => {
    const [readOnly, writeOnly] = [await server.narrowed(vera.id, 'read'), await server.narrowed(vera.id, 'write')]
    for (const method of [
      'GET',
      'HEAD',
      'OPTIONS',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'PROPFIND',
      'TRACE',
      'get',
      'X',
    ]) {
      const reads = ['GET', 'HEAD', 'OPTIONS'].includes(method)
      expect([method, await statusOf(bearer(readOnly), {}, method)]).toEqual([method, reads ? 204 : 403])
      expect([method, await statusOf(bearer(writeOnly), {}, method)]).toEqual([method, reads ? 403 : 204])
    }
    const refused = await check(bearer(readOnly), { scope: 'read write' })
    expect([refused.status, refused.body.code]).toEqual([403, 'access_denied'])
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer realm="countersign", error="insufficient_scope", scope="read write"',
    )
    const forOrders = bearer(await tokenFor('vera', orders))
    const ofOrders = (scope: string) => statusOf(forOrders, { resource: orders, scope }, 'POST')
    expect(await ofOrders('orders:read')).toBe(204)
    expect(await ofOrders('orders:write')).toBe(403)
    expect(await ofOrders('orders:read orders:write')).toBe(403)
  })

  it('N-703 does not answer a proxy that leaves the method out', async () => {
    const answer = await server.ask('GET', '/v1/forward-auth', { headers: await sessionOf(vera) })
    expect([answer.status, answer.body.code]).toEqual([400, 'request_invalid'])
  })

  describe('N-704 with the session cookie', () => {
    const foreign = [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
    ]
    const own = [
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'same-origin', origin: 'https://app.example' },
    ]
    const withCookie = async () => cookie(server.cookieOf((await server.session(vera.id)).id))

    it('refuses a request that changes something, unless a page of the same origin sent it', async () => {
      const session = await withCookie()
      for (const method of ['POST', 'DELETE', 'PROPPATCH']) {
        for (const headers of foreign as Record<string, string>[]) {
          const { status, body } = await check({ ...session, ...headers }, {}, method)
          expect([headers, status, body.code]).toEqual([headers, 403, 'origin_refused'])
        }
        for (const headers of [...own, { origin: server.issuer }] as Record<string, string>[]) {
          expect([headers, await statusOf({ ...session, ...headers }, {}, method)]).toEqual([headers, 204])
        }
      }
    })

    it('refuses a WebSocket that a page of another origin opens', async () => {
      const session = await withCookie()
      for (const socket of [{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }, { 'sec-fetch-mode': 'websocket' }]) {
        for (const headers of foreign as Record<string, string>[]) {
          expect([headers, await statusOf({ ...session, ...socket, ...headers })]).toEqual([headers, 403])
        }
        expect(await statusOf({ ...session, ...socket, 'sec-fetch-site': 'same-origin' })).toBe(204)
      }
    })

    it('permits reading, also of a page that the user opened from elsewhere', async () => {
      for (const headers of [...foreign, ...own] as Record<string, string>[]) {
        expect([headers, await statusOf({ ...(await withCookie()), ...headers })]).toEqual([headers, 204])
      }
    })
  })

  it('N-705 names a user in ASCII alone, and percent-decoding returns the name', async () => {
    for (const username of ['zoë', '名前', 'o"neil,x;y\\z', '100%']) {
      const { id } = await server.user(username)
      const name = identity(await check(await sessionOf({ id })))['x-countersign-username'] ?? ''
      expect([username, name]).toEqual([username, expect.stringMatching(/^[ !#-+\--:<-[\]-~]+$/)])
      expect(decodeURIComponent(name)).toBe(username)
    }
  })

  it('N-706 sends every header always, and names no user for a client that is named like one', async () => {
    expect(robot.client.name).toBe('vera')
    expect(identity(await check(bearer(await server.machineToken(robot.client))))).toEqual({
      'x-countersign-subject': robot.client.id,
      'x-countersign-kind': 'machine',
      'x-countersign-username': '',
      'x-countersign-role': 'manager',
      'x-countersign-scope': 'read write',
      'x-countersign-client': robot.client.id,
    })
  })

  it('N-707 refuses more than one credential, or an unreadable one, with 401, which no proxy turns into a 5xx', async () => {
    const { id, access } = await server.session(vera.id)
    const both = { ...bearer(access), ...cookie(server.cookieOf(id)) }
    const twice = { cookie: `${cookie('a').cookie}; ${cookie('b').cookie}` }
    for (const headers of [both, twice, { cookie: `a=${'x'.repeat(9000)}` }, { authorization: 'Bearer' }, {}]) {
      const { status, headers: answered } = await check(headers as Record<string, string>)
      expect([status, answered.get('www-authenticate')]).toEqual([401, 'Bearer realm="countersign"'])
    }
    const forged = await check(bearer(`${access}A`))
    expect([forged.status, forged.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="countersign", error="invalid_token"',
    ])
  })

  it('N-707 takes no login that is not complete', async () => {
    const { access } = await server.incomplete(vera.id, 'enrolment')
    expect(await statusOf(bearer(access))).toBe(403)
  })
})
