import { nativeSessionPolicy } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Question } from '../../test/contract/recorder.ts'
import { basic, bearer, form, type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'

let server: RecordedServer
let owner: string
beforeAll(async () => {
  server = await startRecordedServer()
  owner = (await server.user('boss', 'owner')).id
})
afterAll(() => server.close())

const act = async (method: string, path: string, body?: Question['body']) =>
  server.ask(method, path, { headers: bearer((await server.session(owner)).access), body })

let made = 0
const nextIdentifier = () => `https://native-${++made}.example`
async function register(given: object = {}) {
  const { status, body } = await act('POST', '/v1/apis', { identifier: nextIdentifier(), name: 'Api', ...given })
  expect(status).toBe(201)
  return body as { id: string; identifier: string }
}
const readScope = { name: 'a:read', description: 'See it.' }
const writeScope = { name: 'a:write', description: 'Change it.', least_role: 'manager' }

/** What introspection says to the owner. */
const inspect = async (token: string) => (await act('POST', '/v1/introspect', { token })).body

/** A session for an API through a login, with the access token that the login gives. */
async function sessionFor(identifier: string, role: 'viewer' | 'manager' = 'manager') {
  const username = `user-${++made}`
  const password = 'correct horse battery staple'
  await server.user(username, role, password)
  const { status, body } = await server.ask('POST', '/v1/sessions', {
    body: { username, password, resource: identifier },
  })
  expect(status).toBe(201)
  return body as { access_token: string; refresh_token: string; scope: string }
}

/** A client's token for an API, by client credentials. */
async function clientTokenFor(identifier: string, scope: string) {
  const { client, secret } = await server.client({ role: 'manager', apis: [{ identifier, scope }] })
  const body = form({ grant_type: 'client_credentials', resource: identifier })
  const { body: issued } = await server.ask('POST', '/oauth2/token', { headers: basic(client.id, secret), body })
  return String(issued.access_token)
}

describe('POST /v1/apis', () => {
  it('registers an API with all of its terms', async () => {
    const given = {
      identifier: nextIdentifier(),
      name: 'Orders',
      scopes: [readScope, writeScope],
      token_form: 'opaque',
      token_typ: 'jwt',
      access_lifetime_seconds: 300,
      allowed_origins: ['https://app.example', 'http://localhost:5173'],
      first_party: false,
    }
    const { status, body } = await act('POST', '/v1/apis', given)
    const expected = {
      ...given,
      id: expect.stringMatching(/^[0-9a-f]{22}$/),
      scopes: [{ ...readScope, least_role: 'viewer' }, writeScope],
      built_in: false,
      created_at: server.running.authority.clock.now(),
    }
    expect({ status, body }).toEqual({ status: 201, body: expected })
    expect((await act('GET', `/v1/apis/${body.id}`)).body).toEqual(body)
  })

  it('has a default for everything but identifier and name', async () => {
    const identifier = nextIdentifier()
    expect((await act('POST', '/v1/apis', { identifier, name: 'Plain' })).body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{22}$/),
      identifier,
      name: 'Plain',
      scopes: [],
      token_form: null,
      token_typ: 'at+jwt',
      access_lifetime_seconds: null,
      allowed_origins: [],
      first_party: true,
      built_in: false,
      created_at: server.running.authority.clock.now(),
    })
  })

  it('refuses an identifier that is registered, and that of the issuer', async () => {
    const { identifier } = await register()
    for (const taken of [identifier, server.issuer]) {
      const { status, body } = await act('POST', '/v1/apis', { identifier: taken, name: 'Again' })
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'api_identifier_taken' })
    }
  })

  it.each([
    [{ identifier: 'orders' }, /^The identifier of an API is an absolute URI/],
    [{ identifier: 'https://orders.example#part' }, /^The identifier of an API is an absolute URI/],
    [{ name: ' Orders' }, /^The name of an API is 1 to 64 printable characters\.$/],
    [{ name: 'Or\u202eders' }, /^The name of an API is 1 to 64 printable characters\.$/],
    [{ scopes: [{ name: 'a', description: ' ' }] }, /^The description of a scope is 1 to 256 printable characters\.$/],
    [{ scopes: [readScope, readScope] }, /^Each scope has a name of its own\.$/],
    [{ allowed_origins: ['http://app.example'] }, /^An allowed origin is https:\/\/HOST/],
    [{ allowed_origins: ['https://APP.example'] }, /^An allowed origin is https:\/\/HOST/],
    [{ allowed_origins: ['https://app.example:443'] }, /^An allowed origin is https:\/\/HOST/],
  ])('names the rule that %j breaks', async (given, sentence) => {
    const { status, body } = await act('POST', '/v1/apis', { identifier: nextIdentifier(), name: 'Rule', ...given })
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'api_invalid' })
    expect(body.detail).toMatch(sentence)
  })

  it.each([
    ['no name', { name: undefined }],
    ['a name of a scope with a space', { scopes: [{ name: 'a b', description: 'Both.' }] }],
    ['a role that does not exist', { scopes: [{ ...readScope, least_role: 'admin' }] }],
    ['a lifetime of less than a minute', { access_lifetime_seconds: 59 }],
    ['a lifetime of more than an hour', { access_lifetime_seconds: 3601 }],
    ['the origin null', { allowed_origins: ['null'] }],
    ['an origin with a path', { allowed_origins: ['https://app.example/'] }],
    ['a token form that does not exist', { token_form: 'saml' }],
    ['an id', { id: '0'.repeat(22) }],
  ])('refuses %s', async (_what, given) => {
    const body = { identifier: nextIdentifier(), name: 'Shape', ...given }
    expect(await act('POST', '/v1/apis', body)).toMatchObject({ status: 400, body: { code: 'request_invalid' } })
  })
})

describe('GET /v1/apis', () => {
  const list = async (query: string) =>
    (await act('GET', `/v1/apis?${query}`)).body as { apis: { id: string }[]; next_cursor: string | null }

  it('lists the issuer first and then all in the order of registration, page by page', async () => {
    const mine = [await register(), await register(), await register()].map(({ id }) => id)
    for (const limit of [1, 2, 50]) {
      const seen: string[] = []
      let cursor: string | null | undefined
      while (cursor !== null) {
        const page = await list(`limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`)
        expect(page.apis.length).toBeLessThanOrEqual(limit)
        seen.push(...page.apis.map(({ id }) => id))
        cursor = page.next_cursor
      }
      expect({ first: seen[0], last: seen.slice(-3) }).toEqual({ first: 'issuer', last: mine })
      expect(new Set(seen).size).toBe(seen.length)
    }
  })

  it('shows the issuer with the scopes of its own operations', async () => {
    const expected = {
      id: 'issuer',
      identifier: server.issuer,
      name: 'Countersign',
      scopes: [
        { name: 'read', description: expect.any(String), least_role: 'viewer' },
        { name: 'write', description: expect.any(String), least_role: 'viewer' },
      ],
      first_party: true,
      built_in: true,
      created_at: 0,
    }
    expect((await list('limit=1')).apis).toMatchObject([expected])
    expect((await act('GET', '/v1/apis/issuer')).body).toMatchObject(expected)
  })

  it('accepts no cursor that it did not issue', async () => {
    const { status, body } = await act('GET', `/v1/apis?cursor=${'A'.repeat(40)}`)
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'request_invalid' })
  })
})

describe('PATCH /v1/apis/{id}', () => {
  it('leaves what is not given as it is', async () => {
    const { id } = await register({ scopes: [readScope], token_form: 'jwt', access_lifetime_seconds: 120 })
    const before = (await act('GET', `/v1/apis/${id}`)).body
    const { status, body } = await act('PATCH', `/v1/apis/${id}`, { name: 'Renamed' })
    expect({ status, body }).toEqual({ status: 200, body: { ...before, name: 'Renamed' } })
  })

  it('resets the token form and the lifetime with null', async () => {
    const { id } = await register({ token_form: 'opaque', access_lifetime_seconds: 120 })
    const given = { token_form: null, access_lifetime_seconds: null }
    expect((await act('PATCH', `/v1/apis/${id}`, given)).body).toMatchObject(given)
    expect((await act('GET', `/v1/apis/${id}`)).body).toMatchObject(given)
  })

  it('does not change the identifier, nor the issuer', async () => {
    const { id } = await register()
    expect((await act('PATCH', `/v1/apis/${id}`, { identifier: nextIdentifier() })).body.code).toBe('request_invalid')
    expect(await act('PATCH', '/v1/apis/issuer', { name: 'Mine' })).toMatchObject({
      status: 409,
      body: { code: 'api_protected' },
    })
  })

  it('names the rule that the change breaks', async () => {
    const { id } = await register()
    const { status, body } = await act('PATCH', `/v1/apis/${id}`, { scopes: [readScope, readScope] })
    expect({ status, code: body.code, detail: body.detail }).toEqual({
      status: 400,
      code: 'api_invalid',
      detail: 'Each scope has a name of its own.',
    })
  })

  it('N-590 narrows the tokens that are out, at once: a scope that is gone, or needs a higher role', async () => {
    const { id, identifier } = await register({ scopes: [readScope, writeScope] })
    const user = await sessionFor(identifier)
    const client = await clientTokenFor(identifier, 'a:read a:write')
    const tokens = [user.access_token, client]
    for (const token of tokens) expect(await inspect(token)).toMatchObject({ active: true, scope: 'a:read a:write' })
    await act('PATCH', `/v1/apis/${id}`, { scopes: [readScope, { ...writeScope, least_role: 'owner' }] })
    for (const token of tokens) expect(await inspect(token)).toMatchObject({ active: true, scope: 'a:read' })
    await act('PATCH', `/v1/apis/${id}`, { scopes: [writeScope] })
    for (const token of tokens) expect(await inspect(token)).toMatchObject({ active: true, scope: 'a:write' })
    await act('PATCH', `/v1/apis/${id}`, { scopes: [] })
    for (const token of tokens) expect(await inspect(token)).toMatchObject({ active: true, scope: '' })
  })

  it('N-591 gives a token that is out no scope that is new', async () => {
    const { id, identifier } = await register({ scopes: [readScope] })
    const { access_token: token, refresh_token } = await sessionFor(identifier)
    await act('PATCH', `/v1/apis/${id}`, { scopes: [readScope, writeScope] })
    expect(await inspect(token)).toMatchObject({ scope: 'a:read' })
    const { body } = await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token } })
    expect(body.scope).toBe('a:read')
  })

  it('N-592 takes an API from the built-in client when it becomes one of registered clients alone', async () => {
    const { id, identifier } = await register({ scopes: [readScope] })
    const { refresh_token } = await sessionFor(identifier)
    await act('PATCH', `/v1/apis/${id}`, { first_party: false })
    const { status, body } = await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token } })
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'target_invalid' })
  })
})

describe('DELETE /v1/apis/{id}', () => {
  it('N-593 ends every token for the API at once, and a new registration revives none', async () => {
    const { id, identifier } = await register({ scopes: [readScope] })
    const user = await sessionFor(identifier)
    const tokens = [user.access_token, await clientTokenFor(identifier, 'a:read')]
    expect((await act('DELETE', `/v1/apis/${id}`)).status).toBe(204)
    for (const token of tokens) expect(await inspect(token)).toEqual({ active: false })
    const again = await register({ identifier, scopes: [readScope] })
    expect(again.id).not.toBe(id)
    for (const token of tokens) expect(await inspect(token)).toEqual({ active: false })
    const { refresh_token } = user
    expect((await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token } })).body.code).toBe(
      'grant_invalid',
    )
    const { authorizations } = (await act('GET', '/v1/authorizations?all=true&limit=200')).body
    expect(
      (authorizations as { audience: string[] }[]).filter(({ audience }) => audience.includes(identifier)),
    ).toEqual([])
  })

  it('leaves the rest of a session for several APIs', async () => {
    const { id, identifier } = await register({ scopes: [readScope] })
    const password = 'correct horse battery staple'
    const username = `user-${++made}`
    await server.user(username, 'viewer', password)
    const login = { username, password, resource: [server.issuer, identifier] }
    const { access_token, refresh_token } = (await server.ask('POST', '/v1/sessions', { body: login })).body
    await act('DELETE', `/v1/apis/${id}`)
    expect(await inspect(String(access_token))).toMatchObject({ active: true, aud: [server.issuer] })
    const refresh = (resource: string, token: unknown) =>
      server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: String(token), resource } })
    expect((await refresh(identifier, refresh_token)).body.code).toBe('target_invalid')
    expect((await refresh(server.issuer, refresh_token)).status).toBe(200)
  })

  it('answers 404 the second time, and does not remove the issuer', async () => {
    const { id } = await register()
    expect((await act('DELETE', `/v1/apis/${id}`)).status).toBe(204)
    expect((await act('DELETE', `/v1/apis/${id}`)).body.code).toBe('not_found')
    expect(await act('DELETE', '/v1/apis/issuer')).toMatchObject({ status: 409, body: { code: 'api_protected' } })
  })
})

describe('N-594 a change of the APIs', () => {
  /** Each operation that changes one, with what it takes. */
  const changes = async () =>
    [
      ['POST', '/v1/apis', { identifier: nextIdentifier(), name: 'Api' }],
      ['PATCH', `/v1/apis/${(await register()).id}`, { first_party: false }],
      ['DELETE', `/v1/apis/${(await register()).id}`, undefined],
    ] as const

  it('needs a login of the last 300 seconds', async () => {
    const { access } = await server.agedSession(owner, nativeSessionPolicy, 301)
    for (const [method, path, body] of await changes()) {
      const answer = await server.ask(method, path, { headers: bearer(access), body })
      expect({ method, status: answer.status, code: answer.body.code }).toEqual({
        method,
        status: 401,
        code: 'login_too_old',
      })
    }
  })

  it('is refused to a personal token, which may look', async () => {
    const headers = bearer(await server.personalToken(owner))
    for (const [method, path, body] of await changes()) {
      expect(await server.ask(method, path, { headers, body })).toMatchObject({
        status: 403,
        body: { code: 'access_denied' },
      })
    }
    expect((await server.ask('GET', '/v1/apis', { headers })).status).toBe(200)
    expect((await server.ask('GET', '/v1/apis/issuer', { headers })).status).toBe(200)
  })

  it('is refused to a manager and to a client, who may not look either', async () => {
    const manager = (await server.user('no-owner', 'manager')).id
    const { client } = await server.client({ role: 'manager' })
    for (const token of [(await server.session(manager)).access, await server.machineToken(client)]) {
      const headers = bearer(token)
      for (const [method, path, body] of [...(await changes()), ['GET', '/v1/apis', undefined] as const]) {
        expect((await server.ask(method, path, { headers, body })).status).toBe(403)
      }
    }
  })

  it('is in the audit log with the identifier of the API', async () => {
    const { id, identifier } = await register()
    await act('PATCH', `/v1/apis/${id}`, { name: 'Other', first_party: false })
    await act('DELETE', `/v1/apis/${id}`)
    for (const [action, detail] of [
      ['api_created', { api: identifier }],
      ['api_changed', { api: identifier, changed: 'firstParty name' }],
      ['api_deleted', { api: identifier }],
    ] as const) {
      const { body } = await act('GET', `/v1/audit?action=${action}&limit=200`)
      const events = body.events as { actor: object; detail: { api?: string } }[]
      const found = events.filter((event) => event.detail.api === identifier)
      expect(found).toMatchObject([{ actor: { kind: 'user', id: owner }, detail }])
    }
  })
})

describe('an exchange of a token', () => {
  it('is in the audit log with the API, the subject and the client that acts, each API for itself', async () => {
    const user = await server.user('exchanged')
    const { id, access } = await server.session(user.id)
    const exchange = async (resource: string) =>
      server.ask('POST', '/oauth2/token', {
        body: form({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          client_id: 'countersign',
          subject_token: access,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          resource,
        }),
      })
    const [one, other] = [await register({ scopes: [readScope] }), await register()]
    for (const { identifier } of [one, one, other]) {
      expect(await inspect(String((await exchange(identifier)).body.access_token))).toMatchObject({
        aud: [identifier],
        sid: id,
        act: { sub: 'countersign' },
      })
    }
    const { events } = (await act('GET', `/v1/audit?authorization_id=${id}&action=token_exchanged`)).body
    expect(events).toMatchObject(
      [other, one].map(({ identifier }) => ({
        subject: { kind: 'user', id: user.id },
        client_id: 'countersign',
        detail: { api: identifier },
      })),
    )
  })
})
