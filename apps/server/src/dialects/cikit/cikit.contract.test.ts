// The vendor's page as transcripts: request, status, headers that matter, body. Every answer is judged by the contract too.
import type { Role } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Question } from '../../../test/contract/recorder.ts'
import {
  bearer,
  type EnrolledPerson,
  form,
  type RecordedServer,
  startRecordedServer,
} from '../../../test/recorded-server.ts'
import {
  CikitClient,
  denied,
  fault,
  malformed,
  noUser,
  unknownRefreshToken,
  unknownToken,
  wrongCode,
} from './testing/cikit-client.ts'

let server: RecordedServer
let owner: EnrolledPerson
let manager: EnrolledPerson
let viewer: EnrolledPerson
let client: CikitClient

beforeAll(async () => {
  server = await startRecordedServer()
  client = new CikitClient(server)
  const person = (role: Role) => server.enrolled(['totp'], undefined, role)
  owner = await person('owner')
  manager = await person('manager')
  viewer = await person('viewer')
})
afterAll(() => server.close())

const ask: CikitClient['ask'] = (...question) => client.ask(...question)
const refresh: CikitClient['refresh'] = (...question) => client.refresh(...question)
const logIn = (who: EnrolledPerson) => client.logIn(who)
const as = (who: EnrolledPerson) => client.as(who)
const elsewhere = () => client.elsewhere()

describe('POST /user/auth', () => {
  it('answers a code with a pair, in the vendor’s order of members', async () => {
    const body = { username: viewer.username, code: viewer.authenticator.next() }
    const { status, headers, text } = await ask('POST', '/user/auth', { body })
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'application/json' })
    expect(text).toMatch(
      /^\{"token_type":"Bearer","expires_in":7200,"access_token":"[0-9a-f]{64}","refresh_token":"[0-9a-f]{64}"\}$/,
    )
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache'])
  })

  it('takes a form as well, JSON without a Content-Type, and a number for a code', async () => {
    const { username, authenticator } = viewer
    const code = authenticator.next()
    expect((await ask('POST', '/user/auth', { body: form({ username, code }) })).status).toBe(200)
    const untyped = JSON.stringify({ username, code: authenticator.next(), more: true })
    expect((await ask('POST', '/user/auth', { body: untyped })).status).toBe(200)
    const body = { username, code: Number(authenticator.next()) }
    expect((await ask('POST', '/user/auth', { body })).status).toBe(200)
  })

  it.each([
    ['nothing', {}],
    ['no code', { username: 'BR0kEN' }],
    ['an empty code', { username: 'BR0kEN', code: '' }],
    ['no code but null', { username: 'BR0kEN', code: null }],
    ['no username', { code: '123456' }],
    ['an empty username', { username: '', code: '123456' }],
    ['a username that is no text', { username: 5, code: '123456' }],
  ])('answers 901 to %s', async (_what, body) => {
    const answer = await ask('POST', '/user/auth', { body })
    expect([answer.status, answer.body]).toEqual([
      400,
      fault('The request body must contain "code" and "username"', 901),
    ])
  })

  it('answers 901 to no body at all', async () => {
    expect((await ask('POST', '/user/auth')).body.errorId).toBe(901)
  })

  it('answers 902 to a wrong code and to one of two steps ago or ahead', async () => {
    const { username, authenticator } = await server.enrolled()
    for (const code of [authenticator.wrong(), authenticator.code(-2), authenticator.code(2), 'bla']) {
      const answer = await ask('POST', '/user/auth', { body: { username, code }, headers: elsewhere() })
      expect([answer.status, answer.body]).toEqual([400, wrongCode])
    }
  })

  it('answers 902 to whatever is not six ASCII digits', async () => {
    const { username, authenticator } = await server.enrolled()
    const code = authenticator.next()
    const spelled = [
      ` ${code}`,
      `${code} `,
      `${code}\n`,
      `${code.slice(0, 3)} ${code.slice(3)}`,
      `${code}0`,
      code.slice(1),
      `${code}.0`,
      '１２３４５６',
      [code],
      { code },
      true,
      -1,
      1.5,
      1_000_000,
    ]
    for (const sent of spelled) {
      const answer = await ask('POST', '/user/auth', { body: { username, code: sent }, headers: elsewhere() })
      // After five wrong ones the throttle answers first, whatever is sent.
      expect([wrongCode, fault('Too many requests', 429)]).toContainEqual(answer.body)
    }
  })

  it('accepts a code once, and after it no code of an earlier step', async () => {
    const { username, authenticator } = await server.enrolled()
    const first = { username, code: authenticator.next() }
    expect((await ask('POST', '/user/auth', { body: first })).status).toBe(200)
    expect((await ask('POST', '/user/auth', { body: first })).body).toEqual(wrongCode)
    const earlier = { username, code: authenticator.code(-1) }
    expect((await ask('POST', '/user/auth', { body: earlier })).body).toEqual(wrongCode)
    expect((await ask('POST', '/user/auth', { body: { username, code: authenticator.next() } })).status).toBe(200)
  })

  it('accepts exactly one of 100 parallel logins with one code', async () => {
    const { username, authenticator } = await server.enrolled()
    const body = { username, code: authenticator.next() }
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask('POST', '/user/auth', { body })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const { status } of answers) expect([200, 400, 429]).toContain(status)
  })

  it('answers 902 to the code of a user who must show a password too, and does not spend the code', async () => {
    const { username, password, authenticator } = await server.enrolled(['password', 'totp'])
    const code = authenticator.next()
    expect((await ask('POST', '/user/auth', { body: { username, code } })).body).toEqual(wrongCode)
    expect((await server.ask('POST', '/v1/sessions', { body: { username, password, code } })).status).toBe(201)
  })

  it('answers unknown names like known ones, before the limit and beyond it', async () => {
    const known = await server.enrolled()
    const answers = async (username: string) => {
      const headers = elsewhere()
      const seen = []
      for (let i = 0; i < 6; i++) {
        const { status, text } = await ask('POST', '/user/auth', { body: { username, code: '000000' }, headers })
        seen.push([status, text])
      }
      return seen
    }
    const one = await answers(known.username)
    expect(one.map(([status]) => status)).toEqual([400, 400, 400, 400, 400, 429])
    expect(await answers('null')).toEqual(one)
    expect(await answers('no name could be spelled so')).toEqual(one)
  })

  it('all-D8 answers 429 with Retry-After after five wrong codes, to the right one too', async () => {
    const { username, authenticator } = await server.enrolled()
    const wrong = { username, code: authenticator.wrong() }
    for (let i = 0; i < 5; i++) expect((await ask('POST', '/user/auth', { body: wrong })).status).toBe(400)
    const { status, headers, body } = await ask('POST', '/user/auth', {
      body: { username, code: authenticator.code() },
    })
    expect([status, headers.get('retry-after'), body]).toEqual([429, '30', fault('Too many requests', 429)])
  })

  it('says that a name is unknown only where configured so', async () => {
    const telling = await startRecordedServer({ flags: { 'cikit-unknown-user': '903' } })
    onTestFinished(() => telling.close())
    const { username } = await telling.enrolled()
    const answerTo = async (name: string) =>
      (await telling.ask('POST', '/api/v1/user/auth', { body: { username: name, code: '000000' } })).body
    expect([await answerTo('null'), await answerTo(username)]).toEqual([noUser, wrongCode])
  })

  it('ends the user’s earlier login of this dialect', async () => {
    const before = await logIn(viewer)
    const after = await logIn(viewer)
    const withOld = await ask('GET', '/droplet/list', { headers: bearer(before.access_token) })
    expect([withOld.status, withOld.body]).toEqual([401, unknownToken])
    const refreshed = await refresh({ grant_type: 'refresh_token', refresh_token: before.refresh_token })
    expect([refreshed.status, refreshed.body]).toEqual([401, unknownRefreshToken])
    expect((await ask('GET', '/droplet/list', { headers: bearer(after.access_token) })).status).toBe(200)
  })
})

describe('POST /user/auth/refresh', () => {
  it('exchanges a refresh token once; the second time is refused and ends nothing', async () => {
    const pair = await logIn(viewer)
    const request = { grant_type: 'refresh_token', refresh_token: pair.refresh_token }
    const first = await refresh(request)
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(Object.keys(first.body)).toEqual(['token_type', 'expires_in', 'access_token', 'refresh_token'])
    const old = await ask('GET', '/droplet/list', { headers: bearer(pair.access_token) })
    expect([old.status, old.body]).toEqual([401, unknownToken])
    const again = await refresh(request)
    expect([again.status, again.body]).toEqual([401, unknownRefreshToken])
    const fresh = await ask('GET', '/droplet/list', { headers: bearer(String(first.body.access_token)) })
    expect(fresh.status).toBe(200)
  })

  it('ends the login where a used refresh token comes from another address', async () => {
    const pair = await logIn(viewer)
    const request = { grant_type: 'refresh_token', refresh_token: pair.refresh_token }
    const first = await refresh(request)
    const again = await refresh(request, client.elsewhere())
    expect([again.status, again.body]).toEqual([401, unknownRefreshToken])
    const fresh = await ask('GET', '/droplet/list', { headers: bearer(String(first.body.access_token)) })
    expect(fresh.body).toEqual(unknownToken)
  })

  it('answers a retry that carries its key with the same refresh token', async () => {
    const { refresh_token } = await logIn(viewer)
    const key = { 'idempotency-key': '3q2-7wAAEjRWeJq83vASNA' }
    const request = { grant_type: 'refresh_token', refresh_token }
    const [first, retried] = [await refresh(request, key), await refresh(request, key)]
    expect([first.status, retried.status]).toEqual([200, 200])
    expect(retried.body.refresh_token).toBe(first.body.refresh_token)
    expect((await refresh(request, { 'idempotency-key': 'short' })).body).toEqual(malformed)
  })

  it('takes a form as well', async () => {
    const { refresh_token } = await logIn(viewer)
    const body = form({ grant_type: 'refresh_token', refresh_token })
    expect((await ask('POST', '/user/auth/refresh', { body })).status).toBe(200)
  })

  it.each([
    ['another grant type', { grant_type: 'password' }, 'password'],
    ['another grant type, whatever else is there', { grant_type: 'password', refresh_token: 5 }, 'password'],
    ['none', { refresh_token: 'x' }, 'undefined'],
    ['an empty body', {}, 'undefined'],
    ['an empty form', form({}), 'undefined'],
    ['no body', undefined, 'undefined'],
  ])('answers 501 to %s, before it looks at the rest', async (_what, body, name) => {
    const answer = await ask('POST', '/user/auth/refresh', { body })
    expect([answer.status, answer.body]).toEqual([501, fault(`Unsupported grant type: ${name}`, 0)])
  })

  it.each([{}, { refresh_token: '' }, { refresh_token: 5 }])(
    'names the parameter that is missing: %j',
    async (rest) => {
      const answer = await refresh({ grant_type: 'refresh_token', ...rest })
      expect([answer.status, answer.body]).toEqual([400, fault('Missing required parameter: refresh_token', 0)])
    },
  )

  it('answers 910 to what is no refresh token of this dialect', async () => {
    const { access_token } = await logIn(viewer)
    const native = await server.session(viewer.id)
    for (const refresh_token of [access_token, native.refresh, 'f'.repeat(64), 'bla']) {
      const answer = await refresh({ grant_type: 'refresh_token', refresh_token })
      expect([answer.status, answer.body]).toEqual([401, unknownRefreshToken])
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="Users"')
    }
  })

  it('I1 of 100 parallel refreshes never leaves two live', async () => {
    const { refresh_token } = await logIn(viewer)
    const body = { grant_type: 'refresh_token', refresh_token }
    const answers = await Promise.all(Array.from({ length: 100 }, () => refresh(body)))
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    expect((await refresh({ ...body, refresh_token: won[0]?.body.refresh_token })).status).toBe(401)
  })
})

describe('the token of a request', () => {
  it('is taken from the header, with a colon after the scheme or without', async () => {
    const { access_token } = await logIn(viewer)
    for (const authorization of [`Bearer ${access_token}`, `Bearer: ${access_token}`, `bearer ${access_token}`]) {
      expect((await ask('GET', '/droplet/list', { headers: { authorization } })).status).toBe(200)
    }
  })

  it('is taken from the body, JSON or form, of any request', async () => {
    const { access_token } = await logIn(owner)
    for (const body of [{ access_token }, form({ access_token }), JSON.stringify({ access_token })]) {
      expect((await ask('GET', '/droplet/list', { body })).status).toBe(200)
      expect((await ask('POST', '/droplet/add', { body })).status).toBe(200)
      expect((await ask('GET', `/user/auth/setup/${viewer.username}`, { body })).status).toBe(200)
    }
  })

  it('comes in one place: two are refused, even if the second is no token', async () => {
    const { access_token } = await logIn(viewer)
    const headers = bearer(access_token)
    for (const body of [{ access_token }, { access_token: 'other' }, { access_token: 5 }]) {
      const answer = await ask('GET', '/droplet/list', { headers, body })
      expect([answer.status, answer.body]).toEqual([400, malformed])
    }
    const twice = { authorization: [`Bearer ${access_token}`, `Bearer ${access_token}`] }
    expect((await ask('GET', '/droplet/list', { headers: twice })).status).toBe(400)
    const basicAndBody = { headers: { authorization: 'Basic YTpi' }, body: { access_token } }
    expect((await ask('GET', '/droplet/list', basicAndBody)).status).toBe(400)
  })

  it.each([
    ['nothing', {}],
    ['another scheme', { headers: { authorization: 'Basic YTpi' } }],
    ['no token after the scheme', { headers: { authorization: 'Bearer' } }],
    ['an empty one in the body', { body: { access_token: '' } }],
    ['a list in the body', { body: { access_token: ['a'] } }],
    ['a body that cannot be read', { body: '{"access_token":' }],
    ['a body in another language', { body: '<access_token/>', headers: { 'content-type': 'text/xml' } }],
    ['a body that is too large', { body: { access_token: 'x'.repeat(20_000) } }],
  ])('is missing with %s: the plain text of the vendor’s library', async (_what, question: Question) => {
    const { status, headers, text } = await ask('GET', '/droplet/list', question)
    expect({ status, text, type: headers.get('content-type'), challenge: headers.get('www-authenticate') }).toEqual({
      status: 401,
      text: 'Unauthorized',
      type: 'text/plain',
      challenge: 'Bearer realm="Users"',
    })
  })

  it('authentication precedes validation: no token and a bad body is 401', async () => {
    expect((await ask('POST', '/user/add', { body: '{' })).text).toBe('Unauthorized')
    const answer = await ask('POST', '/user/add', { body: '{', headers: await as(viewer) })
    expect(answer.body).toEqual(denied)
    const owners = await ask('POST', '/user/add', { body: '{', headers: await as(owner) })
    expect([owners.status, owners.body]).toEqual([400, malformed])
  })

  it('N-103 answers 908 to an unknown, cut, extended or upper-case token, and to a refresh token', async () => {
    const { access_token, refresh_token } = await logIn(viewer)
    const wrong = ['bla', 'f'.repeat(64), access_token.slice(1), `${access_token}0`, access_token.toUpperCase()]
    for (const token of [...wrong, refresh_token]) {
      const { status, body, headers } = await ask('GET', '/droplet/list', { headers: bearer(token) })
      expect([status, body]).toEqual([401, unknownToken])
      expect(headers.get('www-authenticate')).toBe('Bearer realm="Users"')
    }
  })

  it('all-D3 of another dialect is unknown here, and one of here works on the native operations', async () => {
    const { access_token } = await logIn(viewer)
    const native = await server.session(viewer.id)
    expect((await ask('GET', '/droplet/list', { headers: bearer(native.access) })).body).toEqual(unknownToken)
    const me = await server.ask('GET', '/v1/me', { headers: bearer(access_token) })
    expect([me.status, me.body.username]).toEqual([200, viewer.username])
  })

  it('answers 909 after two hours, and the refresh token still works', async () => {
    const pair = await logIn(viewer)
    server.time.advance(7199)
    expect((await ask('GET', '/droplet/list', { headers: bearer(pair.access_token) })).status).toBe(200)
    server.time.advance(1)
    const { status, body } = await ask('GET', '/droplet/list', { headers: bearer(pair.access_token) })
    expect([status, body]).toEqual([401, fault('Access token expired', 909)])
    const refreshed = await refresh({ grant_type: 'refresh_token', refresh_token: pair.refresh_token })
    expect(refreshed.status).toBe(200)
  })
})

describe('DELETE /user/auth/revoke/:user', () => {
  it.each(['access_token', 'refresh_token'] as const)('N-125 ends one’s own tokens, shown by the %s', async (which) => {
    const pair = await logIn(viewer)
    const path = `/user/auth/revoke/${viewer.username}`
    const answer = await ask('DELETE', path, { headers: bearer(pair[which]) })
    expect([answer.status, answer.text]).toEqual([200, '{"status":"ok"}'])
    for (const token of [pair.access_token, pair.refresh_token]) {
      expect((await ask('DELETE', path, { headers: bearer(token) })).body).toEqual(unknownToken)
    }
    const refreshed = await refresh({ grant_type: 'refresh_token', refresh_token: pair.refresh_token })
    expect(refreshed.body).toEqual(unknownRefreshToken)
  })

  it('accepts a refresh token in the body, for this operation and no other', async () => {
    const { refresh_token } = await logIn(viewer)
    expect((await ask('GET', '/droplet/list', { body: { access_token: refresh_token } })).body).toEqual(unknownToken)
    const body = { access_token: refresh_token }
    expect((await ask('DELETE', `/user/auth/revoke/${viewer.username}`, { body })).status).toBe(200)
  })

  it('N-125 answers 908 to a refresh token that was used', async () => {
    const { refresh_token } = await logIn(viewer)
    await refresh({ grant_type: 'refresh_token', refresh_token })
    const answer = await ask('DELETE', `/user/auth/revoke/${viewer.username}`, { headers: bearer(refresh_token) })
    expect(answer.body).toEqual(unknownToken)
  })

  it.each(['viewer', 'manager'] as const)(
    'answers 904 to a %s who names another user, but 903 for an unknown one',
    async (role) => {
      const headers = await as(role === 'viewer' ? viewer : manager)
      const revoke = (name: string) => ask('DELETE', `/user/auth/revoke/${encodeURIComponent(name)}`, { headers })
      const answer = await revoke(owner.username)
      expect([answer.status, answer.body]).toEqual([401, fault('Only system owner can revoke access for others', 904)])
      for (const name of ['nobody', 'no name']) {
        const unknown = await revoke(name)
        expect([unknown.status, unknown.body]).toEqual([400, noUser])
      }
    },
  )

  it('lets the owner end any user’s tokens, of every dialect, and answers 903 for an unknown user', async () => {
    const headers = await as(owner)
    const pair = await logIn(manager)
    const native = await server.session(manager.id)
    expect((await ask('DELETE', `/user/auth/revoke/${manager.username}`, { headers })).status).toBe(200)
    expect((await ask('GET', '/droplet/list', { headers: bearer(pair.access_token) })).status).toBe(401)
    expect((await server.ask('GET', '/v1/me', { headers: bearer(native.access) })).status).toBe(401)
    const answer = await ask('DELETE', '/user/auth/revoke/bla', { headers })
    expect([answer.status, answer.body]).toEqual([400, noUser])
  })
})
