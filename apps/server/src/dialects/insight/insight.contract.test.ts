import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, bearer, cookie, form, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'
import { goodPassword } from '../../testing/test-server.ts'
import { listedToken } from './wire.ts'

const required = { error: 'Credentials required' }
const forbidden = { error: 'Forbidden' }
const badRequest = { error: 'Bad request' }
const secretShape = /^cs_pat_[0-9A-Za-z]{36}$/

let server: RecordedServer
let ada: { readonly id: string }
beforeAll(async () => {
  server = await startRecordedServer()
  ada = await server.user('ada')
})
afterAll(() => server.close())

let users = 0
const newUser = () => server.user(`insight-${++users}`)
const cookieOf = async (id: string) => cookie(server.cookieOf((await server.session(id)).id))
const withToken = (token: string) => ({ 'x-auth-token': token })
const answer = async (method: string, path: string, headers: Record<string, string | string[]> = {}) => {
  const { status, body } = await server.ask(method, path, { headers })
  return { status, body }
}
const newToken = async (id: string): Promise<string> => {
  const { body } = await server.ask('GET', '/api/createApiToken', { headers: await cookieOf(id) })
  return String(body.token)
}
const listed = async (token: string) =>
  JSON.parse((await server.ask('GET', '/api/getApiTokens', { headers: withToken(token) })).text) as {
    uid: string
    apiToken: string
    created: number
    lastUsed: number
  }[]
const works = async (token: string): Promise<boolean> =>
  (await answer('GET', '/v1/me', withToken(token))).status === 200

describe('creating a token', () => {
  it('works for a logged-in browser, by GET', async () => {
    const { status, headers, text, body } = await server.ask('GET', '/api/createApiToken', {
      headers: { ...(await cookieOf(ada.id)), 'sec-fetch-site': 'none' },
    })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(String(body.token)).toMatch(secretShape)
    expect(text).toBe(`{"token":"${String(body.token)}"}`)
  })

  it('works by POST, with the cookie from our own origin or with a native access token', async () => {
    const own = { ...(await cookieOf(ada.id)), origin: server.issuer }
    expect((await answer('POST', '/api/token', own)).status).toBe(200)
    expect((await answer('POST', '/api/token', bearer((await server.session(ada.id)).access))).status).toBe(200)
  })

  it('works with username and password, and the token never expires', async () => {
    const body = form({ username: 'ada', password: goodPassword })
    const answered = await server.ask('POST', '/api/authenticate/userpass', { body })
    expect([answered.status, answered.body.expiresOn]).toEqual([200, '9999-12-31T23:59:59.999Z'])
    expect(String(answered.body.token)).toMatch(secretShape)
    expect(await works(String(answered.body.token))).toBe(true)
  })

  it('gives any number of them, each of its own', async () => {
    const { id } = await newUser()
    const tokens = [await newToken(id), await newToken(id), await newToken(id)]
    expect(new Set(tokens).size).toBe(3)
    expect(await listed(tokens[0] as string)).toHaveLength(3)
  })

  it('needs credentials', async () => {
    for (const headers of [{}, cookie('nonsense'), bearer('nonsense'), withToken('nonsense')]) {
      expect(await answer('GET', '/api/createApiToken', headers)).toEqual({ status: 401, body: required })
      expect(await answer('POST', '/api/token', headers)).toEqual({ status: 401, body: required })
    }
  })

  it('is nothing that a personal token may do, nor a session that may only read', async () => {
    const token = await newToken(ada.id)
    const narrow = await server.narrowed(ada.id, 'read')
    for (const headers of [bearer(token), bearer(narrow)]) {
      expect(await answer('POST', '/api/token', headers)).toEqual({ status: 403, body: forbidden })
      expect(await answer('GET', '/api/createApiToken', headers)).toEqual({ status: 403, body: forbidden })
    }
  })

  it('creates it for the caller, whatever else the request names', async () => {
    const other = await newUser()
    const { status, body } = await server.ask('POST', '/api/token', {
      headers: { ...(await cookieOf(ada.id)), origin: server.issuer, 'x-user-id': other.id },
      body: { userId: other.id, sub: other.id, owner: true },
    })
    expect(status).toBe(200)
    const me = await server.ask('GET', '/v1/me', { headers: withToken(String(body.token)) })
    expect(me.body).toMatchObject({ id: ada.id, role: 'viewer' })
    expect((await answer('POST', `/api/token?userId=${other.id}`, bearer('nonsense'))).status).toBe(401)
    const native = bearer((await server.session(ada.id)).access)
    const made = await answer('POST', `/api/token?userId=${other.id}`, native)
    const whose = await server.ask('GET', '/v1/me', { headers: withToken(String(made.body.token)) })
    expect(whose.body).toMatchObject({ id: ada.id })
  })
})

describe('logging in with a password', () => {
  const logIn = (fields: Record<string, string>) =>
    server.ask('POST', '/api/authenticate/userpass', { body: form(fields) })

  it('does not reveal whether a user exists, nor whether one needs more than a password', async () => {
    const both = await server.enrolled(['password', 'totp'])
    const refused = [
      await logIn({ username: 'ada', password: 'wrong' }),
      await logIn({ username: 'nobody', password: goodPassword }),
      await logIn({ username: both.username, password: both.password ?? '' }),
    ]
    for (const { status, body } of refused) expect({ status, body }).toEqual({ status: 401, body: required })
  })

  it.each([
    ['no password', { username: 'ada' }],
    ['an empty name', { username: '', password: goodPassword }],
  ])('refuses %s', async (_what, fields) => {
    const { status, body } = await logIn(fields as Record<string, string>)
    expect({ status, body }).toEqual({ status: 400, body: badRequest })
  })

  it('reads a form and nothing else', async () => {
    const json = { body: { username: 'ada', password: goodPassword } }
    expect((await server.ask('POST', '/api/authenticate/userpass', json)).status).toBe(415)
  })

  it('throttles guesses in the vendor’s shape', async () => {
    let last = await logIn({ username: 'guessed', password: 'wrong' })
    for (let i = 0; i < 5; i++) last = await logIn({ username: 'guessed', password: 'wrong' })
    expect(last.status).toBe(429)
    expect(last.body).toEqual({ error: 'Too many requests' })
    expect(last.headers.has('retry-after')).toBe(true)
  })
})

describe('X-Auth-Token', () => {
  it('takes the place of Authorization at native operations and at other dialects', async () => {
    const token = await newToken(ada.id)
    for (const path of ['/v1/me', '/v1/authorizations', '/manifold-api/v3-preview', '/api/v1/droplet/list']) {
      expect([path, (await answer('GET', path, withToken(token))).status]).toEqual([path, 200])
    }
  })

  it('N-166 is refused together with an Authorization of any sort, or the cookie', async () => {
    const token = await newToken(ada.id)
    const native = await server.session(ada.id)
    const others = [
      bearer(native.access),
      bearer(token),
      bearer('x'),
      basic('ada', goodPassword),
      cookie(server.cookieOf(native.id)),
    ]
    for (const other of others as Record<string, string>[]) {
      expect((await answer('GET', '/v1/me', { ...other, ...withToken(token) })).status).toBe(400)
      expect(await answer('GET', '/api/getApiTokens', { ...other, ...withToken(token) })).toEqual({
        status: 400,
        body: badRequest,
      })
    }
    expect((await answer('GET', '/v1/me', { 'x-auth-token': [token, token] })).status).toBe(400)
  })

  it('takes personal tokens and no other', async () => {
    const { access, refresh } = await server.session(ada.id)
    for (const token of [access, refresh, server.cookieOf((await server.session(ada.id)).id), '']) {
      expect((await answer('GET', '/v1/me', withToken(token))).status).toBe(401)
    }
  })

  it('N-103 is the whole token, and every other is one and the same answer', async () => {
    const token = await newToken(ada.id)
    const dead = await newToken(ada.id)
    await answer('DELETE', '/api/token', withToken(dead))
    const wrong = [
      ...Array.from({ length: 8 }, (_value, i) => token.slice(0, -1 - i)),
      `${token}x`,
      ` ${token.slice(1)}`,
      token.slice(0, -1) + (token.endsWith('0') ? '1' : '0'),
      token.toUpperCase(),
      token.replace('cs_pat_', 'cs_key_'),
      token.replace('cs_pat_', 'cs_at_'),
      '%',
      '_',
      '*',
      dead,
    ]
    const answers = await Promise.all(wrong.map((text) => answer('GET', '/api/getUserRecentFiles', withToken(text))))
    expect(answers).toEqual(wrong.map(() => ({ status: 401, body: required })))
  })

  it('that may only read changes nothing', async () => {
    const token = await server.personalToken(ada.id, ['read'])
    const file = { id: 'a', name: 'b', revision: 'c', path: 'd' }
    const changed = await server.ask('POST', '/v1/me/recent-files', { headers: withToken(token), body: file })
    expect([changed.status, await works(token)]).toEqual([403, true])
  })

  it('is ignored by public operations, valid or not', async () => {
    for (const headers of [withToken('dead'), { ...withToken('dead'), ...bearer('dead') }]) {
      expect((await answer('GET', '/healthz', headers)).status).toBe(200)
      const { status } = await server.ask('POST', '/v1/sessions', {
        headers,
        body: { username: 'ada', password: goodPassword },
      })
      expect(status).toBe(201)
    }
  })

  it('goes with the dialect: neither accepted nor in the contract that is served', async () => {
    const bare = await startRecordedServer({ flags: { dialects: 'manifold' } })
    try {
      const { id } = await bare.user('ada')
      const token = await bare.personalToken(id)
      const ask = (path: string, headers: Record<string, string>) => bare.running.fetch(path, { headers })
      expect((await ask('/v1/me', withToken(token))).status).toBe(401)
      expect((await ask('/v1/me', bearer(token))).status).toBe(200)
      expect((await ask('/v1/me', { ...bearer(token), ...withToken(token) })).status).toBe(200)
      expect((await ask('/api/getApiTokens', withToken(token))).status).toBe(404)
      expect(await (await ask('/openapi.json', {})).text()).not.toContain('authToken')
    } finally {
      await bare.close()
    }
    const served = (await server.ask('GET', '/openapi.json')).text
    expect(JSON.parse(served).paths['/v1/me'].get.security).toContainEqual({ authToken: [] })
  })
})

describe('listing tokens', () => {
  it('shows a mask, when they were made and last used, and never a token', async () => {
    const { id } = await newUser()
    const token = await newToken(id)
    const before = server.time.wall()
    server.time.advance(60)
    expect(await works(token)).toBe(true)
    const { domain, store } = server.running.authority
    await domain.usage.flush(store.usage)
    const tokens = await listed(token)
    const mask = `${token.slice(0, 11)}…${token.slice(-4)}`
    expect(tokens).toEqual([{ uid: `insight-${users}`, apiToken: mask, created: before, lastUsed: before + 60_000 }])
  })

  it('answers the same at both paths, with a token, a cookie or a native access token', async () => {
    const { id } = await newUser()
    const token = await newToken(id)
    const ways = [withToken(token), bearer(token), await cookieOf(id), bearer((await server.session(id)).access)]
    for (const headers of ways as Record<string, string>[]) {
      const [a, b] = [await answer('GET', '/api/getApiTokens', headers), await answer('GET', '/api/token', headers)]
      expect([a.status, a]).toEqual([200, b])
    }
  })

  it('shows the caller’s own, of every dialect, and no other user’s', async () => {
    const { id } = await newUser()
    const native = await server.personalToken(id)
    await newToken(ada.id)
    expect(await listed(native)).toHaveLength(1)
  })

  it('needs credentials', async () => {
    for (const headers of [{}, withToken('nonsense')] as Record<string, string>[]) {
      for (const path of ['/api/getApiTokens', '/api/token', '/api/getUserRecentFiles']) {
        expect(await answer('GET', path, headers)).toEqual({ status: 401, body: required })
      }
    }
  })

  it('counts in milliseconds', () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat(), { nil: undefined }), fc.string(), (createdAt, lastUsedAt, mask) => {
        expect(listedToken({ mask, createdAt, lastUsedAt }, 'ada')).toEqual({
          uid: 'ada',
          apiToken: mask,
          created: createdAt * 1000,
          lastUsed: (lastUsedAt ?? createdAt) * 1000,
        })
      }),
    )
  })
})

describe.each([
  ['GET', '/api/revokeApiToken'],
  ['DELETE', '/api/token'],
])('revoking by %s %s', (method, path) => {
  const revoke = async (headers: Record<string, string | string[]> = {}) => {
    const { status, text } = await server.ask(method, path, { headers })
    return { status, text }
  }
  const done = { status: 200, text: '' }

  it('ends the token in X-Auth-Token, at once', async () => {
    const [token, other] = [await newToken(ada.id), await newToken(ada.id)]
    expect(await revoke(withToken(token))).toEqual(done)
    expect([await works(token), await works(other)]).toEqual([false, true])
    expect(await revoke(withToken(token))).toEqual(done)
  })

  it('is answered 200 whether the token is valid or not, or there is none', async () => {
    for (const headers of [
      {},
      withToken(''),
      withToken('nonsense'),
      withToken('x'.repeat(5000)),
      { 'x-auth-token': ['a', 'b'] },
    ]) {
      expect(await revoke(headers as Record<string, string | string[]>)).toEqual(done)
    }
  })

  it('looks at no other credential: the header names the target', async () => {
    const [token, other] = [await newToken(ada.id), await newToken(ada.id)]
    expect(await revoke({ ...bearer(other), ...withToken(token) })).toEqual(done)
    expect(await revoke({ ...bearer('dead') })).toEqual(done)
    expect([await works(token), await works(other)]).toEqual([false, true])
  })

  it('ends no session, whatever is named', async () => {
    const session = await server.session(ada.id)
    for (const text of [session.access, session.refresh, server.cookieOf(session.id)]) await revoke(withToken(text))
    expect((await answer('GET', '/v1/me', bearer(session.access))).status).toBe(200)
  })
})

describe('a GET that changes something', () => {
  it('has no HEAD', async () => {
    const { id } = await newUser()
    const token = await newToken(id)
    for (const path of ['/api/createApiToken', '/api/revokeApiToken']) {
      const { status } = await server.ask('HEAD', path, { headers: { ...(await cookieOf(id)), ...withToken(token) } })
      expect(status).toBe(405)
    }
    expect(await listed(token)).toHaveLength(1)
  })

  it('takes the cookie with the user’s own navigation only', async () => {
    const { id } = await newUser()
    const token = await newToken(id)
    const foreign = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'nonsense' },
      { 'sec-purpose': 'prefetch' },
      { 'sec-purpose': 'prefetch;prerender' },
      { purpose: 'prefetch' },
    ] as Record<string, string>[]
    for (const headers of foreign) {
      const own = await cookieOf(id)
      expect(await answer('GET', '/api/createApiToken', { ...own, ...headers })).toEqual({
        status: 403,
        body: forbidden,
      })
    }
    expect(await listed(token)).toHaveLength(1)
    for (const headers of [{}, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-origin' }] as Record<
      string,
      string
    >[]) {
      expect((await answer('GET', '/api/createApiToken', { ...(await cookieOf(id)), ...headers })).status).toBe(200)
    }
  })

  it('N-442 the POST takes the cookie from our own origin, or from a program that is no browser', async () => {
    const { id } = await newUser()
    const own = await cookieOf(id)
    const foreign = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-mode': 'no-cors' },
      { 'sec-fetch-dest': 'empty' },
      { 'sec-purpose': 'prefetch' },
    ] as Record<string, string>[]
    for (const headers of foreign) {
      const answered = await answer('POST', '/api/token', { ...own, ...headers })
      expect({ headers, ...answered }).toEqual({ headers, status: 403, body: forbidden })
    }
    const allowed = [{}, { origin: server.issuer }, { 'sec-fetch-site': 'same-origin' }] as Record<string, string>[]
    for (const headers of allowed) expect((await answer('POST', '/api/token', { ...own, ...headers })).status).toBe(200)
  })

  it('refuses two cookies of the name', async () => {
    const { cookie: own } = await cookieOf(ada.id)
    const { status } = await answer('GET', '/api/createApiToken', { cookie: `${own}; ${own}` })
    expect(status).toBe(400)
  })
})

describe('recent files', () => {
  const record = async (token: string, file: object) =>
    (await server.ask('POST', '/v1/me/recent-files', { headers: withToken(token), body: file })).status
  const recent = async (token: string) =>
    JSON.parse((await server.ask('GET', '/api/getUserRecentFiles', { headers: withToken(token) })).text)

  it('are listed newest first, with their time in milliseconds, each user’s own', async () => {
    const token = await newToken((await newUser()).id)
    const first = { id: 'example.com/a', name: 'a', revision: '1.11.105', path: 'a/Test.java' }
    const second = { id: 'example.com/b', name: 'b', revision: 'main', path: 'b/Test.java' }
    expect(await record(token, first)).toBe(204)
    const seen = server.time.wall()
    server.time.advance(1)
    expect(await record(token, second)).toBe(204)
    const list = [
      { id: second.id, name: 'b', timeStamp: seen + 1000, revision: 'main', path: second.path },
      { id: first.id, name: 'a', timeStamp: seen, revision: '1.11.105', path: first.path },
    ]
    expect(await recent(token)).toEqual(list)
    server.time.advance(1)
    await record(token, first)
    expect((await recent(token)).map(({ id }: { id: string }) => id)).toEqual([first.id, second.id])
    expect(await recent(await newToken((await newUser()).id))).toEqual([])
  })

  it('take no member that they do not know', async () => {
    const token = await newToken(ada.id)
    const file = { id: 'a', name: 'b', revision: 'c', path: 'd' }
    for (const extra of [{ userId: 'x' }, { timeStamp: 1 }])
      expect(await record(token, { ...file, ...extra })).toBe(400)
    expect(await record(token, { id: 'a' })).toBe(400)
  })
})

it('answers unknown paths and methods below /api in the vendor’s shape', async () => {
  expect(await answer('GET', '/api/nothing')).toEqual({ status: 404, body: { error: 'Not found' } })
  expect(await answer('POST', '/api/getApiTokens')).toEqual({ status: 405, body: { error: 'Method not allowed' } })
})

it('no token is found in the data folder', async () => {
  const { id } = await newUser()
  const tokens = await Promise.all(Array.from({ length: 50 }, () => newToken(id)))
  const rows = JSON.stringify(server.sql('SELECT * FROM authorizations'), (_key, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  )
  expect(tokens.filter((token) => rows.includes(token) || rows.includes(token.slice(7, -6)))).toEqual([])
})
