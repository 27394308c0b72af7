import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Question } from '../../test/contract/recorder.ts'
import { basic, bearer, form, type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'

let server: RecordedServer
let owner: string
beforeAll(async () => {
  // What comes round by itself would be counted with what is asked.
  vi.useFakeTimers({ toFake: ['setInterval'] })
  server = await startRecordedServer()
  owner = (await server.user('boss', 'owner')).id
})
afterAll(async () => {
  await server.close()
  vi.useRealTimers()
})

const act = async (method: string, path: string, body?: Question['body']) =>
  server.ask(method, path, { headers: bearer((await server.session(owner)).access), body })
const issue = (id: string, secret: string) =>
  server.ask('POST', '/oauth2/token', { headers: basic(id, secret), body: form({ grant_type: 'client_credentials' }) })

interface Made {
  readonly id: string
  readonly keyId: string
  readonly secret: string
}

let clients = 0
async function register(given: object = {}): Promise<Made> {
  const { body } = await act('POST', '/v1/clients', { name: `software ${++clients}`, ...given })
  const { client, credential } = body as { client: { id: string }; credential: { id: string; secret: string } }
  return { id: client.id, keyId: credential.id, secret: credential.secret }
}

describe('POST /v1/clients', () => {
  it('registers a client with its first secret, which is shown only this once', async () => {
    const audience = ['https://reports.example.com']
    const given = { name: 'Reporting', role: 'manager', audience, token_form: 'opaque', expires_in: 60 }
    const { status, headers, body } = await act('POST', '/v1/clients', given)
    expect({ status, stored: headers.get('cache-control') }).toEqual({ status: 201, stored: 'no-store' })
    const now = server.running.authority.clock.now()
    expect(body).toEqual({
      client: {
        id: expect.stringMatching(/^[0-9a-f]{22}$/),
        name: 'Reporting',
        type: null,
        role: 'manager',
        audience,
        apis: [],
        scope: 'read write',
        token_form: 'opaque',
        reuse_leeway_seconds: 0,
        disabled: false,
        created_at: now,
      },
      credential: {
        id: expect.stringMatching(/^[0-9a-f]{22}$/),
        secret: expect.stringMatching(/^cs_key_[0-9A-Za-z]{36}$/),
        created_at: now,
        expires_at: now + 60,
      },
    })
    const { client, credential } = body as { client: { id: string }; credential: { secret: string } }
    expect((await act('GET', `/v1/clients/${client.id}`)).body).toEqual(client)
    expect(await issue(client.id, credential.secret)).toMatchObject({ status: 200, body: { token_type: 'Bearer' } })
    server.time.advance(60)
    expect((await issue(client.id, credential.secret)).status).toBe(401)
  })

  it('registers a viewer without an end by default', async () => {
    const { body } = await act('POST', '/v1/clients', { name: 'plain' })
    expect(body).toMatchObject({
      client: { role: 'viewer', audience: [], token_form: 'jwt' },
      credential: { expires_at: null },
    })
  })

  it('refuses a name that is taken', async () => {
    await register({ name: 'once' })
    expect(await act('POST', '/v1/clients', { name: 'once' })).toMatchObject({
      status: 409,
      body: { code: 'client_name_taken' },
    })
  })

  it.each([
    ['no name', {}],
    ['a name with a space at its end', { name: 'a ' }],
    ['the role of the owner', { name: 'a', role: 'owner' }],
    ['an audience with a space', { name: 'a', audience: ['a b'] }],
    ['an audience twice', { name: 'a', audience: ['a', 'a'] }],
    ['no lifetime at all', { name: 'a', expires_in: 0 }],
    ['a member that it does not know', { name: 'a', epoch: 7 }],
  ])('refuses %s', async (_what, body) => {
    expect(await act('POST', '/v1/clients', body)).toMatchObject({ status: 400, body: { code: 'request_invalid' } })
  })
})

describe('GET /v1/clients', () => {
  it('lists all in the order of creation, by pages whose cursors cannot be made up', async () => {
    const made = [await register(), await register(), await register()]
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const { body } = await act('GET', `/v1/clients?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`)
      seen.push(...(body.clients as { id: string }[]).map(({ id }) => id))
      cursor = body.next_cursor as string | null
    } while (cursor !== null)
    expect(seen.slice(-3)).toEqual(made.map(({ id }) => id))
    expect(new Set(seen).size).toBe(seen.length)
    const forged = await act('GET', `/v1/clients?cursor=${'A'.repeat(40)}`)
    expect(forged).toMatchObject({ status: 400, body: { code: 'request_invalid' } })
  })

  it('shows no secret, neither here nor anywhere else', async () => {
    const { id, secret } = await register()
    const answers = [await act('GET', '/v1/clients?limit=200'), await act('GET', `/v1/clients/${id}/credentials`)]
    for (const { text } of answers) expect(text).not.toContain('cs_key_')
    const rows = JSON.stringify(server.sql('SELECT * FROM client_credentials'))
    expect(rows).not.toContain(secret)
    expect(server.running.log()).not.toContain(secret)
  })
})

describe('PATCH and DELETE /v1/clients/{id}', () => {
  it('disable a client and its tokens at once; enabling brings no token back', async () => {
    const { id, secret } = await register()
    const token = String((await issue(id, secret)).body.access_token)
    expect((await act('PATCH', `/v1/clients/${id}`, { disabled: true })).body).toMatchObject({ id, disabled: true })
    expect((await issue(id, secret)).status).toBe(401)
    expect((await server.ask('GET', '/v1/authorizations', { headers: bearer(token) })).status).toBe(401)
    expect((await act('PATCH', `/v1/clients/${id}`, { disabled: false })).body).toMatchObject({ id, disabled: false })
    expect((await server.ask('GET', '/v1/authorizations', { headers: bearer(token) })).status).toBe(401)
    expect((await issue(id, secret)).status).toBe(200)
  })

  it('change the APIs and disable in one commit, with one entry in the audit trail', async () => {
    const { id } = await register()
    const { store } = server.running.authority
    const headers = bearer((await server.session(owner)).access)
    const before = store.statistics()
    const changed = await server.ask('PATCH', `/v1/clients/${id}`, { headers, body: { disabled: true, apis: [] } })
    const after = store.statistics()
    expect(changed.body).toMatchObject({ id, disabled: true, apis: [] })
    expect([after.writes - before.writes, after.commits - before.commits]).toEqual([1, 1])
    const entries = await store.audit.list({ limit: 200 })
    const changes = entries.filter(({ action, subject }) => action === 'client_changed' && subject?.id === id)
    expect(changes.map(({ detail }) => detail)).toEqual([{ disabled: true, apis: '' }])
  })

  it('delete a client, its secrets and its tokens', async () => {
    const { id, secret } = await register()
    const token = String((await issue(id, secret)).body.access_token)
    expect((await act('DELETE', `/v1/clients/${id}`)).status).toBe(204)
    expect((await act('DELETE', `/v1/clients/${id}`)).status).toBe(404)
    expect((await issue(id, secret)).status).toBe(401)
    expect((await server.ask('GET', '/v1/authorizations', { headers: bearer(token) })).status).toBe(401)
  })
})

describe('a client’s secrets', () => {
  it('are made anew: the earlier one becomes inactive, its tokens end, and it stays listed', async () => {
    const { id, keyId, secret } = await register()
    const token = String((await issue(id, secret)).body.access_token)
    const { status, body } = await act('POST', `/v1/clients/${id}/credentials`, { expires_in: 90 })
    expect({ status, body }).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^cs_key_/) } })
    expect((await issue(id, secret)).status).toBe(401)
    expect((await server.ask('GET', '/v1/authorizations', { headers: bearer(token) })).status).toBe(401)
    expect((await issue(id, String(body.secret))).status).toBe(200)
    const now = server.running.authority.clock.now()
    expect((await act('GET', `/v1/clients/${id}/credentials`)).body).toEqual({
      credentials: [
        { id: keyId, active: false, created_at: now, expires_at: null, revoked_at: now },
        { id: body.id, active: true, created_at: now, expires_at: now + 90, revoked_at: null },
      ],
    })
  })

  it('are made without a body too, and then without end', async () => {
    const { id } = await register()
    expect((await act('POST', `/v1/clients/${id}/credentials`)).body).toMatchObject({ expires_at: null })
  })

  it('are not made for a disabled client', async () => {
    const { id } = await register()
    await act('PATCH', `/v1/clients/${id}`, { disabled: true })
    expect((await act('POST', `/v1/clients/${id}/credentials`)).status).toBe(404)
  })

  it('can be given an end, and an earlier one, but never a later one', async () => {
    const { id, keyId, secret } = await register()
    const path = `/v1/clients/${id}/credentials/${keyId}`
    const now = server.running.authority.clock.now()
    expect((await act('PATCH', path, { expires_in: 60 })).body).toMatchObject({ active: true, expires_at: now + 60 })
    expect((await act('PATCH', path, { expires_in: 600 })).body).toMatchObject({ expires_at: now + 60 })
    expect((await issue(id, secret)).status).toBe(200)
    expect((await act('PATCH', path, { expires_in: 0 })).body).toMatchObject({ active: false, expires_at: now })
    expect((await issue(id, secret)).status).toBe(401)
  })

  it('are revoked one by one, idempotently, and never another client’s', async () => {
    const [mine, other] = [await register(), await register()]
    const foreign = await act('DELETE', `/v1/clients/${mine.id}/credentials/${other.keyId}`)
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await issue(other.id, other.secret)).status).toBe(200)
    const path = `/v1/clients/${mine.id}/credentials/${mine.keyId}`
    expect((await act('DELETE', path)).status).toBe(204)
    expect((await act('DELETE', path)).status).toBe(204)
    expect((await issue(mine.id, mine.secret)).status).toBe(401)
  })

  it('leave one audit row for each change, and the row names the owner', async () => {
    const { id, keyId } = await register()
    await act('PATCH', `/v1/clients/${id}/credentials/${keyId}`, { expires_in: 60 })
    await act('POST', `/v1/clients/${id}/credentials`)
    await act('DELETE', `/v1/clients/${id}/credentials/${keyId}`)
    await act('PATCH', `/v1/clients/${id}`, { disabled: true })
    await act('DELETE', `/v1/clients/${id}`)
    const rows = server.sql('SELECT action, actor_id FROM audit WHERE subject_id = ? ORDER BY sequence', id)
    const actions = ['client_created', 'client_changed', 'credential_created', 'client_changed', 'client_deleted']
    expect(rows).toEqual(actions.map((action) => ({ action, actor_id: owner })))
  })
})

describe('the APIs of a client', () => {
  const orders = 'https://orders.example'
  const stock = 'https://stock.example'
  beforeAll(async () => {
    for (const identifier of [orders, stock]) await server.api(identifier)
  })

  const tokenFor = (id: string, secret: string, parameters: Readonly<Record<string, string>>) =>
    server.ask('POST', '/oauth2/token', {
      headers: basic(id, secret),
      body: form({ grant_type: 'client_credentials', ...parameters }),
    })
  const inspect = async (token: unknown) => (await act('POST', '/v1/introspect', { token: String(token) })).body
  const show = async (id: string) => (await act('GET', `/v1/clients/${id}`)).body

  it('are the issuer alone unless some are given', async () => {
    const { id, secret } = await register()
    expect(await show(id)).toMatchObject({ apis: [], scope: 'read write' })
    expect((await tokenFor(id, secret, {})).body).toMatchObject({ scope: 'read write' })
    expect((await tokenFor(id, secret, { resource: orders })).body.error).toBe('invalid_target')
  })

  it('are given with their scope at registration, in the order of the API', async () => {
    const apis = [
      { identifier: orders, scope: 'orders:write orders:read' },
      { identifier: stock, may_act: true },
    ]
    const { id, secret } = await register({ role: 'manager', apis })
    expect(await show(id)).toMatchObject({
      scope: '',
      apis: [
        { identifier: orders, scope: 'orders:read orders:write', may_act: false },
        { identifier: stock, scope: '', may_act: true },
      ],
    })
    expect((await tokenFor(id, secret, { resource: orders })).body.scope).toBe('orders:read orders:write')
    expect((await tokenFor(id, secret, { resource: server.issuer })).body.error).toBe('invalid_target')
  })

  it('can have the issuer among them, and then its scope', async () => {
    const { id } = await register({ apis: [{ identifier: server.issuer, scope: 'read' }, { identifier: orders }] })
    expect(await show(id)).toMatchObject({ scope: 'read', apis: [{ identifier: orders, scope: '', may_act: false }] })
    const whole = await register({ apis: [{ identifier: server.issuer }] })
    expect(await show(whole.id)).toMatchObject({ scope: 'read write', apis: [] })
  })

  it.each([
    [{ identifier: 'https://none.example' }, 'No API has the identifier https://none.example. Register it first.'],
    [{ identifier: orders, scope: 'stock:read' }, `${orders} has no scope stock:read.`],
  ])('are refused if they do not exist: %j', async (wanted, detail) => {
    const created = await act('POST', '/v1/clients', { name: 'asks for too much', apis: [wanted] })
    expect(created).toMatchObject({ status: 400, body: { code: 'api_unknown', detail } })
    const { id } = await register()
    const changed = await act('PATCH', `/v1/clients/${id}`, { apis: [wanted] })
    expect(changed).toMatchObject({ status: 400, body: { code: 'api_unknown', detail } })
    expect(await show(id)).toMatchObject({ apis: [], scope: 'read write' })
  })

  it('N-595 end the tokens of the client when they are changed, also those for APIs that it keeps', async () => {
    const { id, secret } = await register({ apis: [{ identifier: orders, scope: 'orders:read' }] })
    const { access_token: token } = (await tokenFor(id, secret, {})).body
    expect(await inspect(token)).toMatchObject({ active: true, aud: [orders] })
    const apis = [{ identifier: orders, scope: 'orders:read' }, { identifier: stock }]
    expect((await act('PATCH', `/v1/clients/${id}`, { apis })).status).toBe(200)
    expect(await inspect(token)).toEqual({ active: false })
    const { access_token: next } = (await tokenFor(id, secret, { resource: orders })).body
    expect(await inspect(next)).toMatchObject({ active: true })
    expect((await act('PATCH', `/v1/clients/${id}`, { apis: [] })).body).toMatchObject({
      apis: [],
      scope: 'read write',
    })
    expect(await inspect(next)).toEqual({ active: false })
    expect((await tokenFor(id, secret, { resource: orders })).body.error).toBe('invalid_target')
  })

  it('N-596 do not follow an identifier that is registered again', async () => {
    const { id: apiId } = await server.api('https://moved.example')
    const { id, secret } = await register({ apis: [{ identifier: 'https://moved.example', scope: 'moved:read' }] })
    expect((await tokenFor(id, secret, {})).status).toBe(200)
    await act('DELETE', `/v1/apis/${apiId}`)
    await server.api('https://moved.example')
    expect((await tokenFor(id, secret, { resource: 'https://moved.example' })).body.error).toBe('invalid_target')
  })
})
