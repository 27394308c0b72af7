import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Question } from '../../test/contract/recorder.ts'
import { basic, bearer, form, type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'

let house: RecordedServer
let owner: string
beforeAll(async () => {
  house = await startRecordedServer()
  owner = (await house.user('boss', 'owner')).id
})
afterAll(() => house.close())

const act = async (method: string, path: string, body?: Question['body']) =>
  house.ask(method, path, { headers: bearer((await house.session(owner)).access), body })
const issue = (id: string, secret: string) =>
  house.ask('POST', '/oauth2/token', { headers: basic(id, secret), body: form({ grant_type: 'client_credentials' }) })

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
  it('registers software with its first secret, which is shown this once', async () => {
    const audience = ['https://reports.example.com']
    const given = { name: 'Reporting', role: 'manager', audience, token_form: 'opaque', expires_in: 60 }
    const { status, headers, body } = await act('POST', '/v1/clients', given)
    expect({ status, stored: headers.get('cache-control') }).toEqual({ status: 201, stored: 'no-store' })
    const now = house.server.authority.clock.now()
    expect(body).toEqual({
      client: {
        id: expect.stringMatching(/^[0-9a-f]{22}$/),
        name: 'Reporting',
        type: null,
        role: 'manager',
        audience,
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
    house.time.advance(60)
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
    ['N-133 a member that it does not know', { name: 'a', epoch: 7 }],
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

  it('N-100 shows no secret, neither here nor anywhere else', async () => {
    const { id, secret } = await register()
    const answers = [await act('GET', '/v1/clients?limit=200'), await act('GET', `/v1/clients/${id}/credentials`)]
    for (const { text } of answers) expect(text).not.toContain('cs_key_')
    const rows = JSON.stringify(house.sql('SELECT * FROM client_credentials'))
    expect(rows).not.toContain(secret)
    expect(house.server.log()).not.toContain(secret)
  })
})

describe('PATCH and DELETE /v1/clients/{id}', () => {
  it('disable a client and its tokens at once; enabling brings no token back', async () => {
    const { id, secret } = await register()
    const token = String((await issue(id, secret)).body.access_token)
    expect((await act('PATCH', `/v1/clients/${id}`, { disabled: true })).body).toMatchObject({ id, disabled: true })
    expect((await issue(id, secret)).status).toBe(401)
    expect((await house.ask('GET', '/v1/authorizations', { headers: bearer(token) })).status).toBe(401)
    expect((await act('PATCH', `/v1/clients/${id}`, { disabled: false })).body).toMatchObject({ id, disabled: false })
    expect((await house.ask('GET', '/v1/authorizations', { headers: bearer(token) })).status).toBe(401)
    expect((await issue(id, secret)).status).toBe(200)
  })

  it('delete a client, its secrets and its tokens', async () => {
    const { id, secret } = await register()
    const token = String((await issue(id, secret)).body.access_token)
    expect((await act('DELETE', `/v1/clients/${id}`)).status).toBe(204)
    expect((await act('DELETE', `/v1/clients/${id}`)).status).toBe(404)
    expect((await issue(id, secret)).status).toBe(401)
    expect((await house.ask('GET', '/v1/authorizations', { headers: bearer(token) })).status).toBe(401)
  })
})

describe('a client’s secrets', () => {
  it('N-110 are made anew: the earlier one becomes inactive, its tokens end, and it stays listed', async () => {
    const { id, keyId, secret } = await register()
    const token = String((await issue(id, secret)).body.access_token)
    const { status, body } = await act('POST', `/v1/clients/${id}/credentials`, { expires_in: 90 })
    expect({ status, body }).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^cs_key_/) } })
    expect((await issue(id, secret)).status).toBe(401)
    expect((await house.ask('GET', '/v1/authorizations', { headers: bearer(token) })).status).toBe(401)
    expect((await issue(id, String(body.secret))).status).toBe(200)
    const now = house.server.authority.clock.now()
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
    const now = house.server.authority.clock.now()
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
    const rows = house.sql('SELECT action, actor_id FROM audit WHERE subject_id = ? ORDER BY sequence', id)
    const actions = ['client_created', 'client_changed', 'credential_created', 'client_changed', 'client_deleted']
    expect(rows).toEqual(actions.map((action) => ({ action, actor_id: owner })))
  })
})
