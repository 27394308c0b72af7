import { localCaller } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  bearer,
  form,
  type RecordedServer,
  type RegisteredClient,
  startRecordedServer,
} from '../../test/recorded-server.ts'
import { run } from '../cli/testing/run-program.ts'
import { openedStreams } from '../testing/event-stream.ts'
import { goodPassword } from '../testing/test-server.ts'

const orders = 'https://orders.example'
const stock = 'https://stock.example'

let server: RecordedServer
let owner: Record<string, string>
let ada: { readonly id: string }
let program: RegisteredClient
beforeAll(async () => {
  server = await startRecordedServer()
  const boss = await server.user('boss', 'owner')
  owner = bearer((await server.session(boss.id)).access)
  ada = await server.user('ada')
  for (const identifier of [orders, stock]) await server.api(identifier)
  program = await server.client({ name: 'orders', audience: [orders] })
})
afterAll(() => server.close())

interface Entry {
  readonly sequence: number
  readonly kind: string
  readonly id: string
}

const read = async (query: string, headers = owner) => {
  const { status, body } = await server.ask('GET', `/v1/revocations?${query}`, { headers })
  return {
    status,
    code: body.code,
    feed: String(body.feed),
    next: Number(body.next),
    entries: body.revocations as Entry[],
  }
}
const tokenOf = async ({ client, secret }: RegisteredClient, given: Record<string, string> = {}) =>
  server.ask('POST', '/oauth2/token', {
    headers: basic(client.id, secret),
    body: form({ grant_type: 'client_credentials', scope: 'revocations:read', ...given }),
  })
const reader = async (client: RegisteredClient) => bearer(String((await tokenOf(client)).body.access_token))
const logOut = async ({ access }: { readonly access: string }) =>
  expect((await server.ask('DELETE', '/v1/sessions/current', { headers: bearer(access) })).status).toBe(204)
const sessionAt = async (resource: string) => {
  const { access_token } = (
    await server.ask('POST', '/v1/sessions', { body: { username: 'ada', password: goodPassword, resource } })
  ).body
  return { access: String(access_token), id: sidOf(access_token) }
}
const sidOf = (token: unknown) =>
  String(JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()).sid)

describe('GET /v1/revocations', () => {
  it('N-660 lists what has ended since a position, in order, and goes on from `next`', async () => {
    const { next: start, feed } = await read('limit=1000')
    const sessions = await Promise.all(Array.from({ length: 5 }, () => server.session(ada.id)))
    for (const session of sessions) await logOut(session)
    const first = await read(`after=${start}&limit=3`)
    const rest = await read(`after=${first.next}`)
    expect([first.feed, rest.feed]).toEqual([feed, feed])
    expect([...first.entries, ...rest.entries]).toEqual(
      sessions.map(({ id }, index) => ({
        sequence: start + index + 1,
        kind: 'authorization',
        id,
        before: expect.any(Number),
        until: expect.any(Number),
      })),
    )
    expect(await read(`after=${rest.next}`)).toMatchObject({ entries: [], next: rest.next })
    expect(await read(`after=${rest.next + 100}`)).toMatchObject({ entries: [], next: rest.next })
  })

  it('N-661 is for the owner’s session, and for clients with the scope `revocations:read`', async () => {
    const manager = await server.user('max', 'manager')
    const plain = await server.machineToken((await server.client({ name: 'plain' })).client)
    const narrow = await server.personalToken(ada.id)
    const asked: [string, Record<string, string>, number][] = [
      ['nobody', {}, 401],
      ['a viewer', bearer((await server.session(ada.id)).access), 403],
      ['a manager', bearer((await server.session(manager.id)).access), 403],
      ['a personal token', bearer(narrow), 403],
      ['a client’s ordinary token', bearer(plain), 403],
      ['the owner', owner, 200],
      ['an API’s program', await reader(program), 200],
    ]
    for (const [who, headers, status] of asked) expect([who, (await read('', headers)).status]).toEqual([who, status])
  })

  it('N-662 gives the scope to the program of an API alone, by name, and permits nothing else with it', async () => {
    const { status, body } = await tokenOf(program)
    expect([status, body.scope]).toEqual([200, 'revocations:read'])
    expect((await tokenOf(program, { scope: 'read revocations:read' })).body.scope).toBe('read revocations:read')
    expect((await tokenOf(program, { resource: server.issuer })).body.scope).toBe('revocations:read')
    const bare = await server.client({
      name: 'bare',
      audience: [orders],
      apis: [{ identifier: stock, scope: 'stock:read' }],
    })
    expect((await tokenOf(bare)).body.scope).toBe('revocations:read')
    expect((await tokenOf(bare, { scope: 'read revocations:read' })).body.error).toBe('invalid_scope')
    expect((await tokenOf(bare, { resource: stock })).body.error).toBe('invalid_scope')
    expect((await tokenOf(await server.client({ name: 'other' }))).body.error).toBe('invalid_scope')
    // All that the client may have without naming a scope is what it was.
    const { client, secret } = program
    const unnamed = await server.ask('POST', '/oauth2/token', {
      headers: basic(client.id, secret),
      body: form({ grant_type: 'client_credentials' }),
    })
    expect(unnamed.body.scope).toBe('read write')
    for (const path of ['/v1/me', '/v1/apis', '/v1/audit']) {
      expect((await server.ask('GET', path, { headers: await reader(program) })).status).toBe(403)
    }
  })

  it('N-663 shows a client what may concern a token for its own APIs', async () => {
    const from = (await read('limit=1000')).next
    const own = await sessionAt(orders)
    const others = await sessionAt(stock)
    const both = await server.session(ada.id)
    const { useCases } = server.running.authority
    for (const { id } of [own, others]) {
      expect((await server.ask('DELETE', `/v1/authorizations/${id}`, { headers: owner })).status).toBe(204)
    }
    await logOut(both)
    const machine = await server.client({ name: 'ends' })
    await useCases.clients.disable(machine.client.id, localCaller)
    const ids = (entries: readonly Entry[]) => entries.map(({ id }) => id)
    const all = await read(`after=${from}&limit=1000`)
    expect(ids(all.entries)).toEqual([own.id, others.id, both.id, machine.client.id])
    const seen = await read(`after=${from}&limit=1000`, await reader(program))
    // A session for this server can be exchanged for a token for its API.
    expect(ids(seen.entries)).toEqual([own.id, both.id, machine.client.id])
    expect(seen.next).toBe(all.next)
    // From now on a token for stock can be exchanged for one for orders.
    const acting = await server.client({
      name: 'acts',
      audience: [stock],
      apis: [{ identifier: orders, mayAct: true }],
    })
    expect(ids((await read(`after=${from}`, await reader(program))).entries)).toContain(others.id)
    await useCases.clients.remove(acting.client.id, localCaller)
    expect(ids((await read(`after=${from}`, await reader(program))).entries)).not.toContain(others.id)
  })

  it('N-664 says that a position is gone once entries after it were forgotten', async () => {
    await logOut(await server.session(ada.id))
    const before = (await read('limit=1000')).next
    await logOut(await server.session(ada.id))
    await logOut(await server.session(ada.id))
    // Every entry of a session is over.
    server.time.advance(366 * 86_400)
    const { store, clock } = server.running.authority
    await store.revocations.collectGarbage(clock.latest())
    owner = bearer((await server.session((await store.users.findOwner())?.id ?? '')).access)
    expect(await read(`after=${before}`)).toMatchObject({ status: 410, code: 'position_gone' })
    expect((await read('after=0')).status).toBe(200)
    const stream = await fetch(`${server.running.url}/v1/revocations?after=${before}`, {
      headers: { ...owner, accept: 'text/event-stream' },
    })
    expect(stream.status).toBe(410)
  })
})

describe('the event stream', () => {
  const streams = openedStreams(() => server)

  it('N-665 begins with the feed, tells what ends as it ends, and that it knows all', async () => {
    const { next: start, feed } = await read('limit=1000')
    const stream = await streams.open(owner, start)
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.response.headers.get('cache-control')).toBe('no-store')
    expect(await stream.next()).toEqual({ event: 'feed', id: undefined, data: { feed, next: start } })
    expect(await stream.next()).toEqual({
      event: 'heartbeat',
      id: start,
      data: { next: start, after: start, elapsed_ms: expect.any(Number) },
    })
    const session = await server.session(ada.id)
    await logOut(session)
    expect(await stream.until('revocation')).toEqual({
      event: 'revocation',
      id: start + 1,
      data: {
        sequence: start + 1,
        kind: 'authorization',
        id: session.id,
        before: expect.any(Number),
        until: expect.any(Number),
        after: start,
      },
    })
    expect((await stream.until('heartbeat')).data).toMatchObject({ next: start + 1, after: start + 1 })
    expect((await stream.until('heartbeat')).data).toMatchObject({ next: start + 1, after: start + 1 })
  })

  it('N-666 misses nothing while much ends at once, and each event says what came before it', async () => {
    const { next: start } = await read('limit=1000')
    const readers = await Promise.all([
      streams.open(owner, start),
      streams.open(owner, start),
      streams.open(await reader(program), start),
    ])
    const sessions = await Promise.all(Array.from({ length: 300 }, () => server.session(ada.id)))
    await Promise.all(sessions.map(logOut))
    for (const stream of readers) {
      const ended = new Set<unknown>()
      let position = start
      while (ended.size < sessions.length) {
        const { event, data } = await stream.next()
        if (event === 'feed') continue
        expect(data.after).toBe(position)
        position = Number(event === 'heartbeat' ? data.next : data.sequence)
        if (event === 'revocation') ended.add(data.id)
      }
      expect([...ended].sort()).toEqual(sessions.map(({ id }) => id).sort())
    }
  })

  it('N-667 goes on from `Last-Event-ID`', async () => {
    const { next: start } = await read('limit=1000')
    await logOut(await server.session(ada.id))
    await logOut(await server.session(ada.id))
    const stream = await streams.open({ ...owner, 'last-event-id': String(start + 1) }, 0)
    expect((await stream.until('revocation')).id).toBe(start + 2)
  })

  it('N-668 ends within about a second after the token or the right of its reader has ended', async () => {
    const { useCases } = server.running.authority
    const ends: Readonly<Record<string, (its: RegisteredClient, token: string) => Promise<unknown>>> = {
      'its token is revoked': ({ client, secret }, token) =>
        server.ask('POST', '/oauth2/revoke', { headers: basic(client.id, secret), body: form({ token }) }),
      'the client is disabled': ({ client }) => useCases.clients.disable(client.id, localCaller),
      'the client is removed': ({ client }) => useCases.clients.remove(client.id, localCaller),
      'its secret is replaced': ({ client }) => useCases.clients.replaceSecret({ clientId: client.id }, localCaller),
      'its token expires': async () => server.time.advance(3601),
    }
    for (const [name, end] of Object.entries(ends)) {
      const client = await server.client({ name: `reader, ${name}`, audience: [orders] })
      const token = String((await tokenOf(client)).body.access_token)
      const stream = await streams.open(bearer(token), 0)
      await stream.until('heartbeat')
      await end(client, token)
      await stream.ended()
    }
  })

  it('N-669 shows what another process has ended', async () => {
    const boss = (await server.running.authority.store.users.findOwner())?.id ?? ''
    owner = bearer((await server.session(boss)).access)
    const { next: start } = await read('limit=1000')
    const stream = await streams.open(owner, start)
    await stream.until('heartbeat')
    const api = await server.api('https://temporary.example')
    const { data } = server.running.authority.config
    expect((await run(['apis', 'remove', api.identifier, '--data', data])).status).toBe(0)
    expect((await stream.until('revocation')).data).toMatchObject({ kind: 'api', id: api.id })
  })
})
