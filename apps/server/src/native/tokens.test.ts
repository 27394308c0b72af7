import { localCaller, nativeSessionPolicy } from '@countersign/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  basic,
  bearer,
  cookie,
  form,
  type RecordedServer,
  type RegisteredClient,
  startRecordedServer,
} from '../../test/recorded-server.ts'
import { warningOf } from './wire/tokens-wire.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer()
})
afterAll(() => server.close())

let users = 0
const newUser = async (role: 'viewer' | 'manager' = 'viewer') => {
  const { id } = await server.user(`tokens-${++users}`, role)
  return { id, headers: bearer((await server.session(id)).access) }
}
type NewUser = Awaited<ReturnType<typeof newUser>>
const create = (headers: Record<string, string>, body: object = {}) =>
  server.ask('POST', '/v1/tokens', { headers, body })
const list = async (headers: Record<string, string>) => {
  const { body } = await server.ask('GET', '/v1/tokens', { headers })
  return body.tokens as Record<string, unknown>[]
}
const me = (token: string) => server.ask('GET', '/v1/me', { headers: bearer(token) })

describe('creating a personal token', () => {
  it('gives one that may do what was requested, until it ends', async () => {
    const { headers } = await newUser('manager')
    const { status, body } = await create(headers, { label: 'backup', expires_in: 3600, scope: 'read', role: 'viewer' })
    expect(status).toBe(201)
    expect(body).toMatchObject({ label: 'backup', role: 'viewer', scope: 'read' })
    expect(body.expires_at).toBe(Number(body.created_at) + 3600)
    const token = String(body.token)
    expect((await me(token)).body.role).toBe('viewer')
    server.time.advance(3600)
    expect((await me(token)).body.code).toBe('token_expired')
  })

  it('N-322 gives everything that the session may, for 366 days, by default', async () => {
    const { headers } = await newUser('manager')
    const { body } = await create(headers)
    expect(body).toMatchObject({ label: null, role: 'manager', scope: 'read write' })
    expect(body.expires_at).toBe(Number(body.created_at) + 366 * 86_400)
  })

  it('N-322 refuses a longer life than the policy permits, and says where', async () => {
    const { headers } = await newUser()
    expect((await create(headers, { expires_in: 366 * 86_400 })).status).toBe(201)
    const { status, body } = await create(headers, { expires_in: 366 * 86_400 + 1 })
    expect([status, body.code]).toEqual([400, 'request_invalid'])
    expect(body.errors).toEqual([{ pointer: '/body/expires_in', detail: 'is longer than this server permits' }])
  })

  it('works with the cookie, from our own origin', async () => {
    const { id } = await newUser()
    const own = cookie(server.cookieOf((await server.session(id)).id))
    expect((await create({ ...own, origin: server.issuer })).status).toBe(201)
    expect((await create(own)).status).toBe(403)
  })

  it('gives no more than the session may, and a personal token makes none', async () => {
    const { id, headers } = await newUser()
    for (const role of ['manager', 'owner']) expect((await create(headers, { role })).status).toBe(403)
    const write = bearer(await server.narrowed(id, 'write'))
    for (const scope of ['read', 'read write']) expect((await create(write, { scope })).status).toBe(403)
    expect((await create(write)).body.scope).toBe('write')
    expect((await create(bearer(await server.narrowed(id, 'read')))).status).toBe(403)
    expect((await create(bearer(await server.personalToken(id)))).status).toBe(403)
  })

  it('N-131 N-132 creates it for the caller: no other user can be named, nor any other member set', async () => {
    const { headers } = await newUser()
    const other = await newUser()
    for (const extra of [
      { user_id: other.id },
      { sub: other.id },
      { owner: true },
      { isOwner: true },
      { created_at: 1 },
      { dialect: 'insight' },
    ]) {
      expect((await create(headers, extra)).status).toBe(400)
      expect((await create({}, extra)).status).toBe(401)
    }
    expect((await server.ask('POST', `/v1/tokens?user_id=${other.id}`, { headers, body: {} })).status).toBe(400)
    expect(await list(other.headers)).toEqual([])
  })

  it.each([
    { expires_in: 59 },
    { expires_in: 315_360_001 },
    { expires_in: 60.5 },
    { expires_in: '3600' },
    { label: '' },
    { label: 'x'.repeat(65) },
    { scope: 'admin' },
    { role: 'root' },
  ])('refuses %j', async (body) => {
    expect((await create((await newUser()).headers, body)).status).toBe(400)
  })
})

describe('listing personal tokens', () => {
  it('shows masks and dates, newest first, and never a token; each user’s own', async () => {
    const { headers } = await newUser()
    const first = (await create(headers, { label: 'first' })).body
    server.time.advance(1)
    const second = (await create(headers, { label: 'second', expires_in: 600 })).body
    const { text, body } = await server.ask('GET', '/v1/tokens', { headers })
    expect(text).not.toContain(String(first.token).slice(11, -4))
    expect(body.tokens).toMatchObject([
      { id: second.id, label: 'second', expires_at: second.expires_at },
      { id: first.id, label: 'first', last_used_at: null, expires_at: first.expires_at, dialect: 'native' },
    ])
    const mask = `${String(first.token).slice(0, 11)}…${String(first.token).slice(-4)}`
    expect((body.tokens as { mask: string }[])[1]?.mask).toBe(mask)
    expect(await list((await newUser()).headers)).toEqual([])
  })

  it('shows when a token was last used, at most a minute late, and only ever later', async () => {
    const { headers } = await newUser()
    const token = String((await create(headers)).body.token)
    const { domain, store } = server.running.authority
    const seen: unknown[] = []
    for (let i = 0; i < 2; i++) {
      server.time.advance(30)
      await me(token)
      await domain.usage.flush(store.usage)
      seen.push((await list(headers))[0]?.last_used_at)
    }
    const now = server.time.wall() / 1000
    expect(seen).toEqual([now - 30, now])
  })

  it('is paged, with cursors that only their user can use', async () => {
    const { headers } = await newUser()
    for (let i = 0; i < 3; i++) await create(headers, { label: `${i}` })
    const page = async (query: string, who = headers) =>
      server.ask('GET', `/v1/tokens?limit=2${query}`, { headers: who })
    const first = (await page('')).body
    const rest = (await page(`&cursor=${first.next_cursor}`)).body
    expect([(first.tokens as object[]).length, (rest.tokens as object[]).length, rest.next_cursor]).toEqual([
      2,
      1,
      null,
    ])
    expect((await page(`&cursor=${first.next_cursor}`, (await newUser()).headers)).status).toBe(400)
  })

  it('N-322 warns of what is not used, of what is old, and of what has no end', () => {
    const day = 86_400
    const made = { createdAt: 0, lastUsedAt: undefined, expiresAt: 366 * day }
    expect(warningOf(made, 90 * day)).toBeUndefined()
    expect(warningOf(made, 90 * day + 1)).toBe('unused')
    expect(warningOf({ ...made, lastUsedAt: 90 * day }, 180 * day)).toBeUndefined()
    expect(warningOf({ ...made, lastUsedAt: 365 * day }, 365 * day + 1)).toBe('old')
    expect(warningOf({ ...made, expiresAt: undefined }, 0)).toBe('endless')
    expect(warningOf({ ...made, expiresAt: undefined }, 90 * day + 1)).toBe('unused')
  })
})

describe('revoking a personal token', () => {
  const revoke = (id: unknown, { headers }: Pick<NewUser, 'headers'>) =>
    server.ask('DELETE', `/v1/tokens/${String(id)}`, { headers })

  it('ends it at once, and again does nothing', async () => {
    const who = await newUser()
    const { id, token } = (await create(who.headers)).body
    expect((await revoke(id, who)).status).toBe(204)
    expect((await me(String(token))).status).toBe(401)
    expect((await revoke(id, who)).status).toBe(204)
    expect(await list(who.headers)).toEqual([])
  })

  it('answers alike another user’s, a missing one and one of a session', async () => {
    const [who, other] = [await newUser(), await newUser()]
    const { id, token } = (await create(other.headers)).body
    const session = await server.session(who.id)
    const answers = await Promise.all([id, '0'.repeat(22), session.id].map((each) => revoke(each, who)))
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect([(await me(String(token))).status, (await me(session.access)).status]).toEqual([200, 200])
  })

  it('N-129 ids have nothing to be guessed by', async () => {
    const { headers } = await newUser()
    const ids = await Promise.all(Array.from({ length: 8 }, async () => String((await create(headers)).body.id)))
    const random = ids.map((id) => id.slice(10))
    expect(new Set(random).size).toBe(8)
    expect(random.every((part) => /^[0-9a-f]{12}$/.test(part))).toBe(true)
  })

  it('N-107 an unknown, a revoked and a foreign token are one and the same answer', async () => {
    const who = await newUser()
    const { id, token } = (await create(who.headers)).body
    await revoke(id, who)
    const wrong = [String(token), String(token).replace(/.$/, ''), `cs_pat_${'0'.repeat(36)}`]
    const texts = await Promise.all(wrong.map(async (text) => (await me(text)).text))
    expect(new Set(texts).size).toBe(1)
  })
})

describe('a personal token for an API', () => {
  const orders = 'https://orders.example'
  const scopes = [
    { name: 'orders:read', description: 'See orders.', leastRole: 'viewer' },
    { name: 'orders:write', description: 'Change orders.', leastRole: 'manager' },
  ] as const
  let api: { readonly id: string }
  let program: RegisteredClient
  let user: string
  let made = 0
  beforeEach(async () => {
    made++
    api = await server.api(`${orders}/${made}`, { name: 'Orders', scopes })
    program = await server.client({ audience: [`${orders}/${made}`] })
    user = (await server.user(`orders-${made}`, 'manager')).id
  })
  const identifier = () => `${orders}/${made}`
  const make = async (body: object, access?: string) =>
    server.ask('POST', '/v1/tokens', {
      headers: bearer(access ?? (await server.session(user)).access),
      body: { resource: identifier(), ...body },
    })
  const introspect = async (token: string, by = program) =>
    (await server.ask('POST', '/oauth2/introspect', { headers: basic(by.client.id, by.secret), body: form({ token }) }))
      .body

  it('is what the API’s program sees, and nothing at this server', async () => {
    const { status, body } = await make({ scope: 'orders:read', label: 'report' })
    expect(status).toBe(201)
    expect(body).toMatchObject({ scope: 'orders:read', audience: [identifier()], role: 'manager' })
    const token = String(body.token)
    expect(await introspect(token)).toMatchObject({
      active: true,
      aud: [identifier()],
      scope: 'orders:read',
      sub: user,
    })
    const other = await server.client({ audience: ['https://other.example'] })
    expect(await introspect(token, other)).toEqual({ active: false })
    for (const path of ['/v1/me', '/v1/tokens', '/v1/droplets']) {
      const answer = await server.ask('GET', path, { headers: bearer(token) })
      expect([path, answer.status]).toEqual([path, 401])
    }
    const listed = await server.ask('GET', '/v1/tokens', { headers: bearer((await server.session(user)).access) })
    expect(listed.body.tokens).toMatchObject([{ label: 'report', audience: [identifier()] }])
  })

  it('has what the role permits, now and later', async () => {
    const token = String((await make({})).body.token)
    expect((await introspect(token)).scope).toBe('orders:read orders:write')
    expect((await make({ role: 'viewer' })).body.scope).toBe('orders:read')
    expect((await make({ role: 'viewer', scope: 'orders:write' })).status).toBe(400)
    expect((await make({ scope: 'read' })).status).toBe(400)
    await server.running.authority.useCases.users.change({ id: user, role: 'viewer' }, localCaller)
    expect((await introspect(token)).scope).toBe('orders:read')
  })

  it('ends with the API’s registration', async () => {
    const token = String((await make({})).body.token)
    await server.running.authority.useCases.apis.remove(api.id, localCaller)
    await server.api(identifier(), { name: 'Orders', scopes })
    expect(await introspect(token)).toEqual({ active: false })
  })

  it('is refused for an unknown API, one of registered clients alone, and to a session of a narrowed scope', async () => {
    const internal = `https://internal-${made}.example`
    await server.api(internal, { name: 'Internal', firstParty: false })
    for (const resource of ['https://nothing.example', internal])
      expect((await make({ resource })).body.code).toBe('target_invalid')
    expect((await make({}, await server.narrowed(user, 'write'))).status).toBe(403)
  })

  it('requires a recent login, as one for this server', async () => {
    const { access } = await server.agedSession(user, nativeSessionPolicy, 301)
    expect((await make({}, access)).body.code).toBe('login_too_old')
  })
})
