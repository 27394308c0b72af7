import { type Api, localCaller, type NewClient } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import {
  basic,
  bearer,
  form,
  type RecordedServer,
  type RegisteredClient,
  startRecordedServer,
} from '../recorded-server.ts'

const orders = 'https://orders.example'
const stock = 'https://stock.example'
const ledger = 'https://ledger.example'
const partners = 'https://partners.example'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

let server: RecordedServer
const apis = new Map<string, Api>()
/** The own program of each API. That of orders may act at stock, that of stock at the ledger. */
let ordersProgram: RegisteredClient
let stockProgram: RegisteredClient
let ledgerProgram: RegisteredClient

beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
  for (const identifier of [orders, stock]) apis.set(identifier, await server.api(identifier))
  apis.set(ledger, await server.api(ledger, { tokenForm: 'opaque' }))
  apis.set(partners, await server.api(partners, { firstParty: false }))
  await server.user('vera')
  await server.user('max', 'manager')
  const program = (name: string, audience: string, given: Partial<NewClient>) =>
    server.client({ name, audience: [audience], role: 'manager', ...given })
  ordersProgram = await program('orders', orders, {
    apis: [
      { identifier: stock, scope: 'stock:read stock:write', mayAct: true },
      { identifier: partners, scope: 'partners:read' },
    ],
  })
  stockProgram = await program('stock', stock, { apis: [{ identifier: ledger, scope: 'ledger:read', mayAct: true }] })
  ledgerProgram = await program('ledger', ledger, {})
})
afterAll(() => server.close())

const logIn = async (given: Record<string, unknown> = {}, username = 'max') => {
  const { status, body } = await server.ask('POST', '/v1/sessions', {
    body: { username, password: goodPassword, ...given },
  })
  expect(status).toBe(201)
  return body as { readonly access_token: string; readonly refresh_token: string }
}

const exchange = (subject: string, given: Record<string, string>, by?: RegisteredClient) =>
  server.ask('POST', '/oauth2/token', {
    headers: by ? basic(by.client.id, by.secret) : {},
    body: form({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: subject,
      subject_token_type: accessTokenType,
      ...(by ? {} : { client_id: 'countersign' }),
      ...given,
    }),
  })

const introspect = async (token: unknown, { client, secret }: RegisteredClient) =>
  (
    await server.ask('POST', '/oauth2/introspect', {
      headers: basic(client.id, secret),
      body: form({ token: String(token) }),
    })
  ).body

const claimsOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

describe('the exchange of a token for the issuer (RFC 8693)', () => {
  it('N-610 gives the client that it was issued to a token for an API: same session, no refresh token, the actor named', async () => {
    const { access_token: subject } = await logIn()
    const { status, body } = await exchange(subject, { resource: orders })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      issued_token_type: accessTokenType,
      token_type: 'Bearer',
      scope: 'orders:read orders:write',
    })
    expect(Object.keys(body)).not.toContain('refresh_token')
    expect(claimsOf(body.access_token)).toMatchObject({
      aud: orders,
      sid: claimsOf(subject).sid,
      sub: claimsOf(subject).sub,
      client_id: 'countersign',
      act: { sub: 'countersign' },
    })
    expect(await introspect(body.access_token, ordersProgram)).toMatchObject({
      active: true,
      client_id: 'countersign',
      act: { sub: 'countersign' },
    })
  })

  it('N-611 lives no longer than the subject token, and ends with its session or personal token', async () => {
    const { access_token: subject } = await logIn()
    server.time.advance(590)
    const { body } = await exchange(subject, { audience: orders })
    expect(body.expires_in).toBe(10)
    const session = await logIn()
    const held = (await exchange(session.access_token, { audience: orders })).body.access_token
    expect(await introspect(held, ordersProgram)).toMatchObject({ active: true })
    await server.ask('DELETE', '/v1/sessions/current', { headers: bearer(session.access_token) })
    expect(await introspect(held, ordersProgram)).toEqual({ active: false })

    const max = String(claimsOf(session.access_token).sub)
    const personal = await server.personalToken(max)
    const ofPersonal = (await exchange(personal, { audience: orders })).body
    expect(ofPersonal.expires_in).toBe(600)
    expect(await introspect(ofPersonal.access_token, ordersProgram)).toMatchObject({ active: true, username: 'max' })
  })

  it('N-612 is for that client alone, for an API that both may have, and never for the issuer', async () => {
    const { access_token: subject } = await logIn()
    for (const program of [ordersProgram, stockProgram]) {
      const { status, body } = await exchange(subject, { resource: stock }, program)
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    }
    for (const resource of [server.issuer, partners, 'https://unknown.example']) {
      expect((await exchange(subject, { resource })).body.error).toBe('invalid_target')
    }
    expect((await exchange(subject, {})).body.error).toBe('invalid_target')
    expect((await exchange(subject, { resource: orders, audience: stock })).body.error).toBe('invalid_target')
    expect((await exchange(subject, { resource: orders, scope: 'read' })).body.error).toBe('invalid_scope')
    const viewer = await logIn({}, 'vera')
    expect((await exchange(viewer.access_token, { resource: orders, scope: 'orders:write' })).body.error).toBe(
      'invalid_scope',
    )
    expect((await exchange(viewer.access_token, { resource: orders })).body.scope).toBe('orders:read')
  })

  it('N-613 takes no other token for a subject token', async () => {
    const { access_token: subject, refresh_token: refreshToken } = await logIn()
    const { id, access } = await server.incomplete(String(claimsOf(subject).sub), 'enrolment')
    const machine = await server.machineToken((await server.client({ name: 'machine' })).client)
    const ended = await logIn()
    await server.ask('DELETE', '/v1/sessions/current', { headers: bearer(ended.access_token) })
    expect(id).toMatch(/^[0-9a-f]{22}$/)
    for (const token of [refreshToken, access, machine, ended.access_token, `${subject}x`, 'x', server.cookieOf(id)]) {
      const { status, body } = await exchange(token, { resource: orders })
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    }
    // A client asks for what it may have; its own token for the issuer is exchanged for nothing.
    const both = [{ identifier: server.issuer }, { identifier: orders, scope: 'orders:read' }]
    const itself = await server.client({ name: 'itself', apis: both })
    const own = await exchange(await server.machineToken(itself.client), { resource: orders }, itself)
    expect([own.status, own.body.error]).toEqual([400, 'invalid_request'])
  })

  it('N-614 is well-formed: types are named, and known', async () => {
    const { access_token: subject } = await logIn()
    for (const given of [
      { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      { subject_token_type: '' },
      { actor_token: subject },
      { actor_token_type: accessTokenType },
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      { subject_token: '' },
    ]) {
      const { status, body } = await exchange(subject, { resource: orders, ...given })
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    }
  })

  it('N-615 keeps to what was granted at login where the session was granted something there', async () => {
    const { access_token: subject } = await logIn({ resource: [server.issuer, orders], scope: 'read orders:read' })
    expect((await exchange(subject, { resource: orders })).body.scope).toBe('orders:read')
    expect((await exchange(subject, { resource: orders, scope: 'orders:write' })).body.error).toBe('invalid_scope')
  })
})

describe('the exchange of a token that an API received', () => {
  it('N-616 needs the API’s own program, with a secret, and a rule that it may act at the target', async () => {
    const { access_token: subject } = await logIn({ resource: orders })
    const { status, body } = await exchange(subject, { resource: stock }, ordersProgram)
    expect([status, body.scope]).toEqual([200, 'stock:read stock:write'])
    expect(claimsOf(body.access_token)).toMatchObject({
      aud: stock,
      client_id: ordersProgram.client.id,
      act: { sub: ordersProgram.client.id },
      sid: claimsOf(subject).sid,
    })
    // Another API's program, the public client, and a client that is no API's program.
    for (const by of [stockProgram, ledgerProgram, undefined]) {
      expect((await exchange(subject, { resource: stock }, by)).body.error).toBe('invalid_request')
    }
    // It may ask for tokens for partners, but not act there; and it may not have the ledger at all.
    for (const resource of [partners, ledger, server.issuer]) {
      expect((await exchange(subject, { resource }, ordersProgram)).body.error).toBe('invalid_target')
    }
  })

  it('N-617 never widens: not beyond the role of the subject, the scope of the client, or the token itself', async () => {
    const viewer = (await logIn({ resource: orders }, 'vera')).access_token
    expect((await exchange(viewer, { resource: stock }, ordersProgram)).body.scope).toBe('stock:read')
    expect((await exchange(viewer, { resource: stock, scope: 'stock:write' }, ordersProgram)).body.error).toBe(
      'invalid_scope',
    )
    const again = await server.client({
      name: 'orders again',
      role: 'manager',
      audience: [orders],
      apis: [{ identifier: orders, scope: 'orders:read orders:write', mayAct: true }],
    })
    const narrow = (await logIn({ resource: orders, scope: 'orders:read' })).access_token
    expect((await exchange(narrow, { resource: orders }, again)).body.scope).toBe('orders:read')
    // The session may have more at the API than this token.
    const { refresh_token } = await logIn({ resource: orders })
    const refreshed = await server.ask('POST', '/v1/sessions/refresh', {
      body: { refresh_token, scope: 'orders:read' },
    })
    const narrowed = String(refreshed.body.access_token)
    expect((await exchange(narrowed, { resource: orders }, again)).body.scope).toBe('orders:read')
  })

  it('N-617 keeps the role of the token where the subject has a higher one meanwhile', async () => {
    const { id } = await server.user('eve', 'manager')
    const { refresh_token } = await logIn({ resource: orders }, 'eve')
    const { users } = server.running.authority.useCases
    await users.change({ id, role: 'viewer' }, localCaller)
    const lowered = (await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token } })).body.access_token
    await users.change({ id, role: 'manager' }, localCaller)
    const { body } = await exchange(String(lowered), { resource: stock }, ordersProgram)
    expect([body.scope, claimsOf(body.access_token).role]).toEqual(['stock:read', 'viewer'])
  })

  it('N-618 ends after eight clients', async () => {
    const [here, there] = await Promise.all(
      ['here', 'there'].map((name) => server.api(`https://${name}.example`, { tokenForm: 'jwt' })),
    )
    const program = (audience: string, target: string) =>
      server.client({ name: `of ${audience}`, audience: [audience], apis: [{ identifier: target, mayAct: true }] })
    const [first, second] = [here?.identifier ?? '', there?.identifier ?? '']
    const programs = [await program(first, second), await program(second, first)] as const
    let token = (await logIn({ resource: first })).access_token
    for (let count = 0; count < 8; count++) {
      const { status, body } = await exchange(
        token,
        { resource: count % 2 === 0 ? second : first },
        programs[count % 2 === 0 ? 0 : 1],
      )
      expect([count, status]).toEqual([count, 200])
      token = String(body.access_token)
    }
    expect((await exchange(token, { resource: second }, programs[0])).body.error).toBe('invalid_request')
  })

  it('N-618 goes on along a chain, names every actor, and is no business of a public client', async () => {
    const { access_token: first } = await logIn({ resource: orders })
    const second = (await exchange(first, { resource: stock }, ordersProgram)).body.access_token
    const { body: third } = await exchange(String(second), { resource: ledger }, stockProgram)
    expect(third.scope).toBe('ledger:read')
    expect(String(third.access_token)).toMatch(/^cs_at_/)
    expect(await introspect(third.access_token, ledgerProgram)).toMatchObject({
      active: true,
      aud: [ledger],
      client_id: stockProgram.client.id,
      username: 'max',
      act: { sub: stockProgram.client.id, act: { sub: ordersProgram.client.id } },
    })
    expect((await exchange(String(second), { resource: ledger })).body.error).toBe('invalid_request')
    expect((await exchange(String(third.access_token), { resource: stock })).body.error).toBe('invalid_request')
  })

  it('N-619 is audited, and can be revoked by the client that holds it without ending the session', async () => {
    const { access_token: subject } = await logIn({ resource: orders })
    const { body } = await exchange(subject, { resource: stock }, ordersProgram)
    const revoke = (by: RegisteredClient) =>
      server.ask('POST', '/oauth2/revoke', {
        headers: basic(by.client.id, by.secret),
        body: form({ token: String(body.access_token) }),
      })
    await revoke(stockProgram)
    expect(await introspect(body.access_token, stockProgram)).toMatchObject({ active: true })
    await revoke(ordersProgram)
    expect(await introspect(body.access_token, stockProgram)).toEqual({ active: false })
    expect(await introspect(subject, ordersProgram)).toMatchObject({ active: true })
    expect((await server.running.auditCounts()).token_exchanged).toBeGreaterThan(0)
  })

  it('N-622 ends with the client that exchanged it, with a change of what the client may have, and with its secret', async () => {
    const { access_token: subject } = await logIn({ resource: orders })
    const { clients } = server.running.authority.useCases
    const ends: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
      disabled: (id) => clients.disable(id, localCaller),
      removed: (id) => clients.remove(id, localCaller),
      changed: (id) =>
        clients.change({ id, apis: [{ identifier: stock, scope: 'stock:read', mayAct: true }] }, localCaller),
      renewed: (id) => clients.replaceSecret({ clientId: id }, localCaller),
    }
    for (const [name, end] of Object.entries(ends)) {
      for (const target of [stock, ledger]) {
        const program = await server.client({
          name: `${name} at ${new URL(target).hostname}`,
          audience: [orders],
          apis: [{ identifier: target, mayAct: true }],
        })
        const { body } = await exchange(subject, { resource: target }, program)
        const guard = target === stock ? stockProgram : ledgerProgram
        expect(await introspect(body.access_token, guard)).toMatchObject({ active: true })
        await end(program.client.id)
        expect([name, target, await introspect(body.access_token, guard)]).toEqual([name, target, { active: false }])
      }
    }
  })

  it('N-623 ends with a client that acted earlier in the chain, and with the public client’s right to the API', async () => {
    const { access_token: first } = await logIn({ resource: orders })
    const program = await server.client({
      name: 'earlier',
      audience: [orders],
      role: 'manager',
      apis: [{ identifier: stock, scope: 'stock:read', mayAct: true }],
    })
    const second = (await exchange(first, { resource: stock }, program)).body.access_token
    const third = (await exchange(String(second), { resource: ledger }, stockProgram)).body.access_token
    expect(await introspect(third, ledgerProgram)).toMatchObject({ active: true })
    const { clients, apis: registry } = server.running.authority.useCases
    await clients.disable(program.client.id, localCaller)
    expect(await introspect(third, ledgerProgram)).toEqual({ active: false })

    const temporary = await server.api('https://temporary.example')
    const guard = await server.client({ name: 'guard', audience: [temporary.identifier] })
    const held = [
      (await logIn({ resource: temporary.identifier })).access_token,
      (await exchange((await logIn()).access_token, { resource: temporary.identifier })).body.access_token,
    ]
    for (const token of held) expect(await introspect(token, guard)).toMatchObject({ active: true })
    await registry.change({ id: temporary.id, firstParty: false }, localCaller)
    for (const token of held) expect(await introspect(token, guard)).toEqual({ active: false })
  })

  it('N-634 ends with the revocation of any token that it was exchanged from', async () => {
    const revoke = (token: unknown, { client, secret }: RegisteredClient) =>
      server.ask('POST', '/oauth2/revoke', { headers: basic(client.id, secret), body: form({ token: String(token) }) })
    const robot = await server.client({
      name: 'chain',
      role: 'manager',
      apis: [{ identifier: orders, scope: 'orders:read' }],
    })
    for (const revoked of [0, 1] as const) {
      const first = await server.machineToken(robot.client)
      const second = (await exchange(first, { resource: stock }, ordersProgram)).body.access_token
      const third = (await exchange(String(second), { resource: ledger }, stockProgram)).body.access_token
      expect(await introspect(third, ledgerProgram)).toMatchObject({ active: true })
      if (revoked === 0) await revoke(first, robot)
      else await revoke(second, ordersProgram)
      expect(await introspect(third, ledgerProgram)).toEqual({ active: false })
      expect(await introspect(second, stockProgram)).toEqual({ active: false })
      expect(await introspect(first, ordersProgram)).toMatchObject({ active: revoked === 1 })
    }
  })

  it('N-620 takes an actor token of the client itself, and no other', async () => {
    const { access_token: subject } = await logIn({ resource: orders })
    const own = await server.machineToken(ordersProgram.client, stock)
    const others = await server.machineToken(stockProgram.client, ledger)
    const withActor = (token: string) =>
      exchange(subject, { resource: stock, actor_token: token, actor_token_type: accessTokenType }, ordersProgram)
    expect((await withActor(own)).status).toBe(200)
    for (const token of [others, subject, 'x']) expect((await withActor(token)).body.error).toBe('invalid_request')
  })

  it('N-621 of a client’s own token acts for that client', async () => {
    const robot = await server.client({ name: 'robot', apis: [{ identifier: orders, scope: 'orders:read' }] })
    const { body } = await exchange(await server.machineToken(robot.client), { resource: stock }, ordersProgram)
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: robot.client.id,
      aud: stock,
      role: 'viewer',
      scope: 'stock:read',
    })
    await server.running.authority.useCases.clients.disable(robot.client.id, localCaller)
    expect(await introspect(body.access_token, stockProgram)).toEqual({ active: false })
  })
})
