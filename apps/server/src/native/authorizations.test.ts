import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  bearer,
  form,
  type RecordedServer,
  startRecordedServer,
  type Tokens,
} from '../../test/recorded-server.ts'

let server: RecordedServer
let viewer: string
let owner: string
beforeAll(async () => {
  server = await startRecordedServer()
  viewer = (await server.user('vera')).id
  owner = (await server.user('boss', 'owner')).id
})
afterAll(() => server.close())

const get = (path: string, { access }: Tokens) => server.ask('GET', path, { headers: bearer(access) })
const eventsOf = async (id: string, by: Tokens, query = '') => {
  const { body } = await get(`/v1/authorizations/${id}/events${query}`, by)
  return { events: body.events as readonly Record<string, unknown>[], next: body.next_cursor }
}

describe('one authorization', () => {
  it('is shown to its user and to the owner, with names, and with a use of a moment ago', async () => {
    const [mine, asked] = [await server.session(viewer), await server.session(viewer)]
    expect((await get(`/v1/authorizations/${asked.id}`, mine)).body.last_used_at).toBeNull()
    await get('/v1/me', asked)
    const { body } = await get(`/v1/authorizations/${asked.id}`, mine)
    expect(body).toMatchObject({
      subject: { kind: 'user', id: viewer, name: 'vera' },
      client_id: 'countersign',
      client_name: null,
      last_used_at: server.time.now(),
      idle_expires_at: null,
      revoked_at: null,
      active: true,
      current: false,
    })
    expect((await get(`/v1/authorizations/${asked.id}`, await server.session(owner))).body).toEqual(body)
    expect((await get(`/v1/authorizations/${asked.id}`, asked)).body.current).toBe(true)
  })

  it('tells where it was last used from: the caller, or the client that it was presented to', async () => {
    const [mine, asked] = [await server.session(viewer), await server.session(viewer)]
    const from = async () => (await get(`/v1/authorizations/${asked.id}`, mine)).body.last_used_from
    expect(await from()).toBeNull()
    await server.ask('GET', '/v1/me', { headers: { ...bearer(asked.access), 'user-agent': 'a'.repeat(300) } })
    const own = { address: '127.0.0.1', user_agent: 'a'.repeat(256), client_id: null }
    expect(await from()).toEqual(own)
    // The owner looks it up, which is no use of it.
    const looked = { headers: bearer((await server.session(owner)).access), body: { token: asked.access } }
    expect((await server.ask('POST', '/v1/introspect', looked)).body.active).toBe(true)
    expect(await from()).toEqual(own)
    const { client, secret } = await server.client()
    const headers = { ...basic(client.id, secret), 'user-agent': 'an API' }
    await server.ask('POST', '/oauth2/introspect', { headers, body: form({ token: asked.access }) })
    expect(await from()).toEqual({ address: '127.0.0.1', user_agent: 'an API', client_id: client.id })
  })

  it('of a client has its name', async () => {
    const { client } = await server.client()
    await server.machineToken(client)
    const { body } = await get(`/v1/authorizations?subject=${client.id}`, await server.session(owner))
    const named = { subject: { kind: 'client', id: client.id, name: client.name }, client_name: client.name }
    expect(body.authorizations).toMatchObject([named])
  })

  it('is shown after its end', async () => {
    const [mine, ended] = [await server.session(viewer), await server.session(viewer)]
    await server.ask('DELETE', `/v1/authorizations/${ended.id}`, { headers: bearer(mine.access) })
    const shown = await get(`/v1/authorizations/${ended.id}`, mine)
    expect(shown.body).toMatchObject({ active: false, revoked_at: server.time.now() })
  })

  it('of another user is the same as a missing one', async () => {
    const [mine, others] = [await server.session(viewer), await server.session(owner)]
    for (const path of ['', '/events']) {
      const [other, missing] = await Promise.all(
        [others.id, '0'.repeat(22)].map((id) => get(`/v1/authorizations/${id}${path}`, mine)),
      )
      expect(other?.status).toBe(404)
      expect(other?.text).toBe(missing?.text)
    }
  })
})

describe('the events of one authorization', () => {
  it('are its own alone, newest first, page by page', async () => {
    const [mine, ended] = [await server.session(viewer), await server.session(viewer)]
    await server.ask('DELETE', `/v1/authorizations/${ended.id}`, { headers: bearer(mine.access) })
    const actions = (events: readonly Record<string, unknown>[]) => events.map(({ action }) => action)
    const { events } = await eventsOf(ended.id, mine)
    expect(actions(events)).toEqual(['authorization_revoked', 'authorization_created'])
    const first = await eventsOf(ended.id, mine, '?limit=1')
    expect(actions(first.events)).toEqual(['authorization_revoked'])
    const second = await eventsOf(ended.id, mine, `?limit=1&cursor=${first.next}`)
    expect([actions(second.events), second.next]).toEqual([['authorization_created'], null])
    const foreign = `/v1/authorizations/${mine.id}/events?cursor=${first.next}`
    expect((await get(foreign, mine)).status).toBe(400)
  })

  it('do not show a user from where the owner has acted', async () => {
    const [mine, ended, boss] = [
      await server.session(viewer),
      await server.session(viewer),
      await server.session(owner),
    ]
    await server.ask('DELETE', `/v1/authorizations/${ended.id}`, { headers: bearer(boss.access) })
    const [seen] = (await eventsOf(ended.id, mine)).events
    expect(seen).toMatchObject({ action: 'authorization_revoked', actor: { id: owner } })
    expect(seen).not.toHaveProperty('address')
    expect(seen).not.toHaveProperty('request_id')
    expect((await eventsOf(ended.id, boss)).events[0]).toHaveProperty('address')
  })
})

describe('the APIs that a user may have tokens for', () => {
  it('are the issuer and those of first party, with the scopes that the role permits', async () => {
    await server.api('https://orders.example', {
      name: 'Orders',
      scopes: [
        { name: 'orders:read', description: 'See orders.', leastRole: 'viewer' },
        { name: 'orders:write', description: 'Change orders.', leastRole: 'manager' },
      ],
    })
    await server.api('https://internal.example', { name: 'Internal', firstParty: false })
    const { body } = await get('/v1/me/apis', await server.session(viewer))
    const [issuer, ...others] = body.apis as readonly Record<string, unknown>[]
    expect(issuer).toMatchObject({ identifier: 'http://127.0.0.1:4300', built_in: true })
    expect(others).toEqual([
      {
        identifier: 'https://orders.example',
        name: 'Orders',
        built_in: false,
        scopes: [{ name: 'orders:read', description: 'See orders.', least_role: 'viewer' }],
      },
    ])
  })
})
