import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCaller } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Route, routes } from '../../src/generated/index.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import {
  basic,
  bearer,
  cookie,
  form,
  type RecordedServer,
  type RegisteredClient,
  startRecordedServer,
} from '../recorded-server.ts'

const orders = 'https://orders.example'
const stock = 'https://stock.example'
const partners = 'https://partners.example'

let server: RecordedServer
/** The own programs of the two APIs, and a client of the issuer's. */
let ordersProgram: RegisteredClient
let stockProgram: RegisteredClient
let plain: RegisteredClient

beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
  await server.api(orders)
  await server.api(stock, { tokenForm: 'opaque', accessLifetimeSeconds: 120 })
  await server.api(partners, { firstParty: false })
  await server.user('vera')
  await server.user('max', 'manager')
  ordersProgram = await server.client({ name: 'orders', audience: [orders] })
  stockProgram = await server.client({ name: 'stock', audience: [stock] })
  plain = await server.client({ name: 'plain' })
})
afterAll(() => server.close())

const logIn = (given: Record<string, unknown>, username = 'max') =>
  server.ask('POST', '/v1/sessions', { body: { username, password: goodPassword, ...given } })

const refresh = (token: unknown, given: Record<string, unknown> = {}) =>
  server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: token, ...given } })

const introspect = async (token: unknown, { client, secret }: RegisteredClient) =>
  (
    await server.ask('POST', '/oauth2/introspect', {
      headers: basic(client.id, secret),
      body: form({ token: String(token) }),
    })
  ).body

const partsOf = (token: unknown) =>
  String(token)
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>)

describe('a login that names APIs', () => {
  it('N-600 issues a token for the first, with the scopes that the role may have there', async () => {
    const { status, body } = await logIn({ resource: orders })
    expect([status, body.scope]).toEqual([201, 'orders:read orders:write'])
    const [header, claims] = partsOf(body.access_token)
    expect(header).toMatchObject({ typ: 'at+jwt' })
    expect(claims).toMatchObject({ aud: orders, scope: 'orders:read orders:write', client_id: 'countersign' })
    expect(await introspect(body.access_token, ordersProgram)).toMatchObject({
      active: true,
      aud: [orders],
      username: 'max',
      scope: 'orders:read orders:write',
    })
    const viewer = (await logIn({ resource: [orders] }, 'vera')).body
    expect(viewer.scope).toBe('orders:read')
  })

  it('is listed with the scope at each of its APIs', async () => {
    await logIn({ resource: [server.issuer, orders, stock], scope: 'write orders:read' })
    const own = (await logIn({})).body
    const listed = await server.ask('GET', '/v1/authorizations', { headers: bearer(String(own.access_token)) })
    const all = listed.body.authorizations as { current: boolean; audience: string[]; apis: unknown }[]
    const issuerAlone = [{ identifier: server.issuer, scope: 'read write' }]
    expect(all.find(({ current }) => current)?.apis).toEqual(issuerAlone)
    expect(all.find(({ audience }) => audience.length === 3)?.apis).toEqual([
      { identifier: server.issuer, scope: 'write' },
      { identifier: orders, scope: 'orders:read' },
      { identifier: stock, scope: '' },
    ])
  })

  it('N-601 is refused where an API is unknown, for registered clients alone, or misspelled', async () => {
    for (const resource of ['https://unknown.example', partners, `${orders}/`, [orders, partners], 'ORDERS']) {
      const { status, body } = await logIn({ resource })
      expect([status, body.code]).toEqual([400, 'target_invalid'])
    }
    for (const resource of ['', [], 7, {}, [[orders]], Array.from({ length: 17 }, () => orders)]) {
      const { status, body } = await logIn({ resource })
      expect([status, body.code]).toEqual([400, 'request_invalid'])
    }
  })

  it('N-602 narrows every API to the scope that is asked for, and refuses one that none of them has', async () => {
    const { body } = await logIn({ resource: [orders, stock], scope: 'orders:read stock:write' })
    expect(body.scope).toBe('orders:read')
    expect((await refresh(body.refresh_token, { resource: stock })).body.scope).toBe('stock:write')
    for (const scope of ['read', 'orders:read other:read', 'orders:all']) {
      expect((await logIn({ resource: [orders, stock], scope })).status).toBe(400)
    }
    expect((await logIn({ resource: orders, scope: 'orders:write' }, 'vera')).status).toBe(400)
  })
})

describe('refreshing for an API', () => {
  it('N-603 issues a token for another API of the session without a second login, and for the first without a name', async () => {
    const { body } = await logIn({ resource: [server.issuer, orders, stock] })
    expect(partsOf(body.access_token)[1]).toMatchObject({ aud: server.issuer, scope: 'read write' })
    const second = (await refresh(body.refresh_token, { resource: orders })).body
    expect(partsOf(second.access_token)[1]).toMatchObject({ aud: orders })
    const third = (await refresh(second.refresh_token, { resource: [stock], scope: 'stock:read' })).body
    expect(third).toMatchObject({ expires_in: 120, scope: 'stock:read' })
    expect(third.access_token).toMatch(/^cs_at_/)
    expect(await introspect(third.access_token, stockProgram)).toMatchObject({
      active: true,
      aud: [stock],
      scope: 'stock:read',
      client_id: 'countersign',
    })
    const fourth = (await refresh(third.refresh_token)).body
    expect(partsOf(fourth.access_token)[1]).toMatchObject({ aud: server.issuer })
    expect((await server.ask('GET', '/v1/me', { headers: bearer(String(fourth.access_token)) })).status).toBe(200)
  })

  it('N-604 refuses the issuer and every API that was not named at login, and spends no token on it', async () => {
    const { body } = await logIn({ resource: orders })
    for (const resource of [server.issuer, stock, partners, [orders, stock], 'https://unknown.example']) {
      const { status, body: refused } = await refresh(body.refresh_token, { resource })
      expect([status, refused.code]).toEqual([400, 'target_invalid'])
    }
    expect((await refresh(body.refresh_token, { scope: 'read' })).status).toBe(400)
    expect((await refresh(body.refresh_token, { scope: 'orders:read' })).body.scope).toBe('orders:read')
  })

  it('N-605 does the same at the token endpoint, where only resource and audience may repeat', async () => {
    const { body } = await logIn({ resource: [server.issuer, orders] })
    const at = (...given: [string, string][]) => {
      const fields = form({
        grant_type: 'refresh_token',
        client_id: 'countersign',
        refresh_token: String(body.refresh_token),
      })
      for (const [name, value] of given) fields.append(name, value)
      return server.ask('POST', '/oauth2/token', { body: fields })
    }
    expect((await at(['resource', orders], ['resource', server.issuer])).body.error).toBe('invalid_target')
    expect((await at(['resource', stock])).body.error).toBe('invalid_target')
    expect((await at(['scope', 'orders:read'], ['scope', 'orders:write'])).body.error).toBe('invalid_request')
    const { status, body: set } = await at(['resource', orders], ['audience', orders], ['scope', 'orders:read'])
    expect([status, set.scope]).toEqual([200, 'orders:read'])
  })

  it('N-606 follows the role, the API and its registration as they are now', async () => {
    const eve = await server.user('eve', 'manager')
    const { body } = await logIn({ resource: orders }, 'eve')
    const { store, useCases } = server.running.authority
    await useCases.users.change({ id: eve.id, role: 'viewer' }, localCaller)
    expect(await introspect(body.access_token, ordersProgram)).toMatchObject({ active: true, scope: 'orders:read' })
    const next = (await refresh(body.refresh_token)).body
    expect(next.scope).toBe('orders:read')

    const former = await server.api('https://former.example')
    const ofFormer = (await logIn({ resource: [orders, former.identifier] })).body.refresh_token
    await useCases.apis.change({ id: former.id, firstParty: false }, localCaller)
    expect((await refresh(ofFormer, { resource: former.identifier })).body.code).toBe('target_invalid')

    const temporary = await server.api('https://temporary.example')
    const session = (await logIn({ resource: [temporary.identifier, orders] })).body
    const sole = (await logIn({ resource: temporary.identifier })).body
    await useCases.apis.remove(temporary.id, localCaller)
    await server.api('https://temporary.example')
    const program = await server.client({ name: 'temporary', audience: [temporary.identifier] })
    expect(await introspect(session.access_token, program)).toEqual({ active: false })
    expect((await refresh(session.refresh_token, { resource: temporary.identifier })).body.code).toBe('target_invalid')
    expect((await refresh(session.refresh_token, { resource: orders })).status).toBe(200)
    // A session that was for the removed API alone has ended with it.
    expect((await refresh(sole.refresh_token)).body.code).toBe('grant_invalid')
    expect(await store.apis.find(temporary.id)).toBeUndefined()
  })
})

describe('N-607 a token for an API', () => {
  it('does nothing at this server, in any form and at any operation', async () => {
    const { body } = await logIn({ resource: [orders, stock] })
    const opaque = (await refresh(body.refresh_token, { resource: stock })).body.access_token
    const asked: string[] = []
    for (const route of (Object.values(routes) as unknown as Route[]).filter(({ security }) =>
      security.includes('bearer'),
    )) {
      const path = route.path.replaceAll(/\{\w+\}/g, '0'.repeat(22))
      for (const token of [body.access_token, opaque]) {
        const headers = { ...bearer(String(token)), 'x-forwarded-method': 'GET' }
        const answer = await server.ask(route.method, path, { headers })
        expect([route.operationId, answer.status]).toEqual([route.operationId, 401])
      }
      asked.push(route.operationId)
    }
    expect(asked.length).toBeGreaterThan(40)
  })

  it('is known to that API’s own program alone, and a token for the issuer to no API', async () => {
    const { body } = await logIn({ resource: orders })
    for (const other of [stockProgram, plain])
      expect(await introspect(body.access_token, other)).toEqual({ active: false })
    const own = (await logIn({})).body.access_token
    for (const program of [ordersProgram, stockProgram])
      expect(await introspect(own, program)).toEqual({ active: false })
    expect(await introspect(own, plain)).toMatchObject({ active: true, aud: [server.issuer] })
  })

  it('has the type that the API asks for, which the issuer’s own operations accept for none of theirs', async () => {
    const lenient = await server.api('https://lenient.example', { tokenType: 'jwt' })
    const { body } = await logIn({ resource: lenient.identifier })
    expect(partsOf(body.access_token)[0]).toMatchObject({ typ: 'JWT' })
    const program = await server.client({ name: 'lenient', audience: [lenient.identifier] })
    expect(await introspect(body.access_token, program)).toMatchObject({ active: true })
  })
})

describe('N-630 a token for an API whose identifier becomes the issuer', () => {
  const read = { name: 'read', description: 'Read.', leastRole: 'viewer' } as const
  const moved = 'http://localhost:4300'

  it('does nothing at this server, in any form', async () => {
    const data = mkdtempSync(join(tmpdir(), 'countersign-'))
    onTestFinished(() => rmSync(data, { recursive: true, force: true }))
    const before = await startRecordedServer({ data, cheapHashes: true })
    await before.api(moved, { tokenForm: 'opaque', scopes: [read] })
    const vera = await before.user('vera')
    const asking = await before.client({ name: 'asking', apis: [{ identifier: moved, scope: 'read' }] })
    const login = { username: 'vera', password: goodPassword, resource: moved }
    const session = (await before.ask('POST', '/v1/sessions', { body: login })).body
    const check = await before.running.authority.useCases.accessTokens.inspect(String(session.access_token))
    const tokens = [String(session.access_token), await before.machineToken(asking.client)]
    const personal = await before.personalToken(vera.id)
    const kept = before.cookieOf(check?.access.authorization.id ?? '')
    await before.close()

    const after = await startRecordedServer({ data, cheapHashes: true, flags: { issuer: moved } })
    onTestFinished(() => after.close())
    const other = await after.client({ name: 'other' })
    for (const token of tokens) {
      expect((await after.ask('GET', '/v1/sessions/current', { headers: bearer(token) })).status).toBe(401)
      const question = { headers: basic(other.client.id, other.secret), body: form({ token }) }
      expect((await after.ask('POST', '/oauth2/introspect', question)).body).toEqual({ active: false })
    }
    expect((await after.ask('GET', '/v1/me', { headers: cookie(kept) })).status).toBe(401)
    expect((await after.ask('GET', '/v1/me', { headers: bearer(personal) })).status).toBe(401)
    const { access } = await after.session(vera.id)
    expect((await after.ask('GET', '/v1/me', { headers: bearer(access) })).status).toBe(200)
  })
})

describe('N-633 a token with as many and as long scopes as an API may have', () => {
  it.each(['jwt', 'opaque'] as const)('is introspected, exchanged and revoked: %s', async (tokenForm) => {
    const names = Array.from({ length: 64 }, (_, index) => `${index}:`.padEnd(64, 'x'))
    const scopes = names.map((name) => ({ name, description: 'Do.', leastRole: 'viewer' }) as const)
    const large = await server.api(`https://${tokenForm}.example/${'x'.repeat(200)}`, { tokenForm, scopes })
    const program = await server.client({ name: `large ${tokenForm}`, audience: [large.identifier] })
    const { status, body } = await logIn({ resource: large.identifier })
    expect([status, body.scope]).toEqual([201, names.join(' ')])
    expect(await introspect(body.access_token, program)).toMatchObject({ active: true, scope: names.join(' ') })
    const own = (await logIn({})).body.access_token
    const exchanged = await server.ask('POST', '/oauth2/token', {
      body: form({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_id: 'countersign',
        subject_token: String(own),
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource: large.identifier,
      }),
    })
    expect([exchanged.status, exchanged.body.scope]).toEqual([200, names.join(' ')])
    const token = String(exchanged.body.access_token)
    const revoke = form({ token, client_id: 'countersign' })
    expect(await introspect(token, program)).toMatchObject({ active: true })
    expect((await server.ask('POST', '/oauth2/revoke', { body: revoke })).status).toBe(200)
    expect(await introspect(token, program)).toEqual({ active: false })
  })
})
