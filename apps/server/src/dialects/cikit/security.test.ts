// What attackers try at CIKit's operations.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Authenticator } from '../../../test/authenticator.ts'
import { bearer, type EnrolledPerson, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'
import { refusing, startServerOnEngine } from '../../../test/server-on-engine.ts'
import { read, refusal, tooMany } from '../../pipeline/testing/credential-of.ts'
import { cikitSessionPolicy } from './policy.ts'
import { CikitClient, denied } from './testing/cikit-client.ts'

let server: RecordedServer
let cikit: CikitClient
let owner: EnrolledPerson
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true, flags: { 'max-vendor-sessions': '2' } })
  cikit = new CikitClient(server)
  owner = await server.enrolled(['totp'], undefined, 'owner')
})
afterAll(() => server.close())

const withToken = (token: string) => ({ 'x-auth-token': token })
const ask: RecordedServer['ask'] = (...question) => server.ask(...question)
const asOwner = async (method: string, path: string, body?: object) => {
  const { access } = await server.session(owner.id, cikitSessionPolicy)
  return server.ask(method, `/api/v1${path}`, { headers: bearer(access), ...(body && { body }) })
}

describe('N-311 the owner’s personal token changes no user', () => {
  it('in any dialect, in whatever header: every user is as before', async () => {
    const token = await server.personalToken(owner.id)
    const victim = await server.enrolled()
    const before = server.sql('select * from users order by id')
    const attempts = [
      ['POST', '/api/v1/user/add', { username: 'made-by-a-thief', group: 'manager' }],
      ['GET', `/api/v1/user/auth/setup/${victim.username}`],
      ['GET', `/api/v1/user/auth/setup/${owner.username}`],
      ['DELETE', `/api/v1/user/delete/${victim.username}`],
      ['DELETE', `/api/v1/user/auth/revoke/${victim.username}`],
      ['DELETE', `/api/v1/user/auth/revoke/${owner.username}`],
    ] as const
    for (const [method, path, body] of attempts) {
      const asBearer = await ask(method, path, { headers: bearer(token), body })
      expect([path, asBearer.status, asBearer.body]).toEqual([path, 403, denied])
      const inHeader = await ask(method, path, { headers: withToken(token), body })
      expect([path, inHeader.status]).toEqual([path, 401])
    }
    expect(server.sql('select * from users order by id')).toEqual(before)
    expect(server.sql('select * from enrolments where slot = ?', 'pending')).toEqual([])
  })

  it('but reads the list of users there as it does natively', async () => {
    const headers = withToken(await server.personalToken(owner.id))
    expect((await ask('GET', '/api/v1/user/list', { headers })).status).toBe(200)
    expect((await ask('GET', '/v1/users', { headers })).status).toBe(200)
  })
})

describe('N-313 N-314 a set-up page of one’s own', () => {
  const setUp = (headers: Record<string, string>, name = owner.username) =>
    ask('GET', `/api/v1/user/auth/setup/${name}`, { headers })

  it('is shown to a login of the last 300 seconds, and to no older one, refreshed or not', async () => {
    const pair = await cikit.logIn(owner)
    server.time.advance(300)
    expect((await setUp(bearer(pair.access_token))).status).toBe(200)
    server.time.advance(1)
    const old = await setUp(bearer(pair.access_token))
    expect([old.status, old.body]).toEqual([403, denied])
    const { body } = await cikit.refresh({ grant_type: 'refresh_token', refresh_token: pair.refresh_token })
    const refreshed = await setUp(bearer(String(body.access_token)))
    expect([refreshed.status, refreshed.body]).toEqual([403, denied])
    expect((await setUp(await cikit.as(owner))).status).toBe(200)
  })

  it('changes nothing where it is refused: the authenticator still works, and no secret is pending', async () => {
    const stolen = (await server.agedSession(owner.id, cikitSessionPolicy, 301)).access
    server.sql('delete from enrolments where user_id = ? and slot = ?', owner.id, 'pending')
    expect((await setUp(bearer(stolen))).status).toBe(403)
    expect((await setUp(bearer(stolen), owner.username.toUpperCase())).status).toBe(403)
    expect(server.sql('select * from enrolments where user_id = ? and slot = ?', owner.id, 'pending')).toEqual([])
    expect(await cikit.logIn(owner)).toHaveProperty('access_token')
  })

  it('of another user is shown to the owner’s session however old its login', async () => {
    const other = await server.enrolled()
    const old = (await server.agedSession(owner.id, cikitSessionPolicy, 301)).access
    const { status, body } = await setUp(bearer(old), other.username)
    expect(status).toBe(200)
    const code = new Authenticator(String(body.secret), server.time).next()
    const login = { body: { username: other.username, code }, headers: cikit.elsewhere() }
    expect((await cikit.ask('POST', '/user/auth', login)).status).toBe(200)
  })
})

describe('a user’s name', () => {
  const otherwise = (name: string): string => name.toUpperCase().normalize('NFD').replaceAll(' ', '\u3000')
  let made = 0
  const names = [
    () => `a b ${++made}`,
    () => `Ünï ${++made}`,
    () => `Михаил ${++made}`,
    () => `אבג ${++made}`,
    () => `x${++made}`.padEnd(200, 'y'),
    () => `ü${++made}`.padEnd(127, 'ü'),
  ]

  it.each(names)('N-385 is added, sets up, revokes and deletes it by its path (%#)', async (next) => {
    const username = next()
    const encoded = encodeURIComponent(username)
    const added = await asOwner('POST', '/user/add', { username, group: 'viewer' })
    expect([added.status, JSON.parse(added.text).at(-1).username]).toEqual([200, username])
    const again = await asOwner('POST', '/user/add', { username: otherwise(username), group: 'viewer' })
    expect([again.status, JSON.parse(again.text)]).toEqual([400, { error: 'Username is already taken', errorId: 914 }])
    const setup = await asOwner('GET', `/user/auth/setup/${encoded}`)
    expect(setup.status).toBe(200)
    const code = new Authenticator(String(JSON.parse(setup.text).secret), server.time).code()
    const login = await server.ask('POST', '/api/v1/user/auth', { body: { username, code } })
    expect(login.status).toBe(200)
    const own = bearer(String(JSON.parse(login.text).access_token))
    expect((await server.ask('DELETE', `/api/v1/user/auth/revoke/${encoded}`, { headers: own })).status).toBe(200)
    expect((await asOwner('DELETE', `/user/delete/${encoded}`)).status).toBe(200)
  })

  it('N-385 CIKit refuses what its path cannot carry, and what is no name', async () => {
    const refused = await asOwner('DELETE', '/user/delete/a%2Fb')
    expect([refused.status, JSON.parse(refused.text)]).toEqual([400, { error: 'The request is malformed', errorId: 0 }])
    const added = await asOwner('POST', '/user/add', { username: 'a  b', group: 'viewer' })
    expect([added.status, JSON.parse(added.text)]).toEqual([400, { error: 'The username is invalid', errorId: 0 }])
  })
})

it('a second owner is made by none of 33 parallel attempts', async () => {
  const { access } = await server.session(owner.id, cikitSessionPolicy)
  const attempts = Array.from({ length: 33 }, (_, number) =>
    ask('POST', '/api/v1/user/add', {
      headers: bearer(access),
      body: { username: `usurper-${number}`, group: 'owner' },
    }),
  )
  expect(new Set((await Promise.all(attempts)).map(({ status }) => status))).toEqual(new Set([403]))
  expect(server.sql("SELECT username FROM users WHERE role = 'owner'")).toEqual([{ username: owner.username }])
})

it('a manager without the factors that the policy demands is refused in the vendor’s words', async () => {
  const body = { username: 'by-code', group: 'manager' }
  const strict = await startRecordedServer({
    flags: { 'required-factors-manager': 'password+totp', 'required-factors-owner': 'password' },
  })
  onTestFinished(() => strict.close())
  const { id } = await strict.user('boss', 'owner')
  const { access } = await strict.session(id, cikitSessionPolicy)
  const answer = await strict.ask('POST', '/api/v1/user/add', { headers: bearer(access), body })
  expect([answer.status, answer.body.errorId]).toEqual([403, 912])
})

it('sessions replace one another, and are never too many', async () => {
  const { username, authenticator } = await server.enrolled()
  for (let turn = 0; turn < 4; turn++) {
    const body = { username, code: authenticator.next() }
    expect((await server.ask('POST', '/api/v1/user/auth', { body })).status).toBe(200)
  }
})

it('what is unknown is answered by the vendor whose path it is, in any letter case that it reads', async () => {
  for (const path of ['/api/v1/nothing', '/API/v1/nothing', '/api/V1/User/']) {
    expect((await server.ask('GET', path)).body).toEqual({ error: 'Route not found', errorId: 404 })
  }
})

describe('the one credential of a request', () => {
  it.each(['cikitBody', 'cikitPairInBody'])('is one member of the body or a header, not both: %s', (scheme) => {
    for (const token of ['', 0, false, null, 't']) {
      const beside = refusal([scheme], [['Authorization', 'Bearer t']], { access_token: token })
      expect(beside, `access_token: ${JSON.stringify(token)}`).toMatchObject(tooMany)
      const alone = read([scheme], [], { access_token: token })
      expect(alone.kind === 'none').toBe(token !== 't')
    }
    expect(read([scheme], [], {})).toEqual({ kind: 'none' })
    expect(read([scheme], [], undefined)).toEqual({ kind: 'none' })
  })

  it('is either token of a pair where the scheme names the pair', () => {
    expect(read(['cikitPair'], [['Authorization', 'Bearer t']])).toEqual({ kind: 'pair', token: 't' })
  })
})

describe('a container engine that fails', () => {
  const answeredBy = async (engine: Parameters<typeof startServerOnEngine>[0], method: string, path: string) => {
    const on = await startServerOnEngine(engine)
    try {
      const { id } = await on.server.user('mary', 'manager')
      const headers = bearer((await on.server.session(id, cikitSessionPolicy)).access)
      const body = method === 'POST' ? { name: 'web' } : undefined
      return await on.server.ask(method, `/api/v1/droplet${path}`, { headers, body })
    } finally {
      await on.close()
    }
  }

  it('is reported with Retry-After, if it closes the connection', async () => {
    for (const [method, path] of [
      ['POST', '/add'],
      ['GET', '/list'],
    ] as const) {
      const { status, headers } = await answeredBy((socket) => socket.destroy(), method, path)
      expect([status, headers.get('retry-after')]).toEqual([503, '1'])
    }
  })

  it('is reported with its own message', async () => {
    const { status, body } = await answeredBy(refusing('no space left on device'), 'PATCH', '/stop/web')
    const error = 'Error response from daemon: no space left on device'
    expect([status, body]).toEqual([400, { error, errorId: 900 }])
  })
})
