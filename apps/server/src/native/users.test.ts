import { localCaller, type Role, totpFailureCap } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Authenticator } from '../../test/authenticator.ts'
import type { Question } from '../../test/contract/recorder.ts'
import { readQrPicture } from '../../test/qr-picture.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'
import { goodPassword } from '../testing/test-server.ts'

const newPassword = 'a quiet lighthouse keeps its own hours'
const proof = { password: goodPassword }
const unknownId = '0'.repeat(22)

let server: RecordedServer
let owner: string
let manager: string
let viewer: string
let made = 0

beforeAll(async () => {
  server = await startRecordedServer()
  owner = (await server.user('ada', 'owner')).id
  manager = (await server.user('grace', 'manager')).id
  viewer = (await server.user('joan', 'viewer')).id
})
afterAll(() => server.close())

const ask = async (id: string, method: string, path: string, body?: Question['body']) =>
  server.ask(method, path, { headers: bearer((await server.session(id)).access), body })
const asOwner = (method: string, path: string, body?: Question['body']) => ask(owner, method, path, body)
const newUser = (role: Role = 'viewer') => server.user(`somebody-${++made}`, role)
const works = async (token: string) => (await server.ask('GET', '/v1/me', { headers: bearer(token) })).status === 200
const logIn = async (body: object) => (await server.ask('POST', '/v1/sessions', { body })).status
const owners = () => server.sql("SELECT id FROM users WHERE role = 'owner'").map(({ id }) => id)

describe('the list of users', () => {
  it('is paged in the order of creation, by a cursor that a client cannot forge', async () => {
    const seen: string[] = []
    let cursor: unknown = ''
    while (cursor !== null) {
      const { body } = await ask(manager, 'GET', `/v1/users?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      for (const { username } of body.users as { username: string }[]) seen.push(username)
      cursor = body.next_cursor
    }
    expect(seen.slice(0, 3)).toEqual(['ada', 'grace', 'joan'])
    expect(new Set(seen).size).toBe(server.sql('SELECT id FROM users').length)
    expect((await ask(manager, 'GET', '/v1/users?cursor=AAAA')).status).toBe(400)
  })

  it('finds users by the beginning of their names, page by page, the exact name first', async () => {
    for (const name of ['Zoe King', 'zoe', 'zoë', 'ZOE-2']) await server.user(name)
    const found = async (query: string) => {
      const { body } = await ask(manager, 'GET', `/v1/users?${query}`)
      return { names: (body.users as { username: string }[]).map(({ username }) => username), next: body.next_cursor }
    }
    expect((await found('username=zoe')).names).toEqual(['zoe', 'Zoe King', 'ZOE-2'])
    expect((await found(`username=${encodeURIComponent('ZOE ')}`)).names).toEqual(['Zoe King'])
    expect((await found(`username=${encodeURIComponent('ｚoe')}&limit=1`)).names).toEqual(['zoe'])
    expect((await found('username=%25')).names).toEqual([])
    const first = await found('username=zoe&limit=2')
    expect(first.names).toEqual(['zoe', 'Zoe King'])
    expect(await found(`username=zoe&limit=2&cursor=${first.next}`)).toEqual({ names: ['ZOE-2'], next: null })
    for (const other of ['username=zo&', ''])
      expect((await ask(manager, 'GET', `/v1/users?${other}cursor=${first.next}`)).status).toBe(400)
  })

  it('shows no secret', async () => {
    const { body } = await ask(manager, 'GET', '/v1/users?limit=1')
    expect(body.users).toEqual([
      {
        id: owner,
        username: 'ada',
        role: 'owner',
        required_factors: ['password'],
        disabled: false,
        created_at: 1_800_000_000,
      },
    ])
  })

  it('N-017 is closed to viewers, who see themselves and learn nothing of others', async () => {
    expect((await ask(viewer, 'GET', '/v1/users')).status).toBe(403)
    expect((await ask(viewer, 'GET', `/v1/users/${viewer}`)).body.username).toBe('joan')
    const [other, missing] = await Promise.all([manager, unknownId].map((id) => ask(viewer, 'GET', `/v1/users/${id}`)))
    expect([other?.status, other?.text]).toEqual([403, missing?.text])
    expect((await ask(manager, 'GET', `/v1/users/${unknownId}`)).status).toBe(404)
  })
})

describe('creating a user', () => {
  const create = (body: object) => asOwner('POST', '/v1/users', body)

  it('with a password needs nothing else', async () => {
    const { status, body } = await create({ username: 'by-password', role: 'viewer', password: newPassword })
    expect(status).toBe(201)
    expect(body).toMatchObject({ username: 'by-password', required_factors: ['password'] })
    expect(body).not.toHaveProperty('totp')
    expect(await logIn({ username: 'by-password', password: newPassword })).toBe(201)
  })

  it('without one makes a secret, shows it once, and a code of it is the login', async () => {
    const { body, headers } = await create({ username: 'by-code', role: 'viewer' })
    expect(body).toMatchObject({ required_factors: ['totp'] })
    expect(headers.get('cache-control')).toBe('no-store')
    const totp = body.totp as Record<string, string>
    expect(readQrPicture(String(totp.qr))).toBe(totp.otpauth_url)
    const authenticator = new Authenticator(String(totp.secret), server.time)
    expect(await logIn({ username: 'by-code', code: authenticator.code() })).toBe(201)
  })

  it('never makes a second owner, in 100 parallel attempts neither', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => create({ username: `usurper-${at}`, role: 'owner' })),
    )
    for (const { status, body } of answers) expect([status, body.code]).toEqual([409, 'owner_exists'])
    expect(owners()).toEqual([owner])
  })

  it('I7 makes one owner of 100 parallel creations where there was none', async () => {
    const empty = await startRecordedServer()
    onTestFinished(() => empty.close())
    const { useCases } = empty.running.authority
    const given = { role: 'owner', password: undefined, requiredFactors: ['totp'] } as const
    const made = await Promise.allSettled(
      Array.from({ length: 100 }, (_, at) =>
        useCases.users
          .create({ ...given, username: `first-${at}`, secretLater: true }, localCaller)
          .then(({ user }) => user),
      ),
    )
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(empty.sql("SELECT count(*) AS owners FROM users WHERE role = 'owner'")).toEqual([{ owners: 1 }])
  })

  it('N-017 refuses a name that is taken, in any spelling', async () => {
    for (const username of ['joan', 'JOAN']) {
      const { status, body } = await create({ username, role: 'viewer' })
      expect([status, body.code]).toEqual([409, 'username_taken'])
    }
  })

  it('refuses a weak password with its reason; beside a code, eight characters do', async () => {
    const weak = await create({ username: 'weak', role: 'viewer', password: 'eight ch' })
    expect([weak.status, weak.body.reason]).toEqual([422, 'too_short'])
    const both = { username: 'both', role: 'viewer', password: 'eight ch', required_factors: ['password', 'totp'] }
    expect((await create(both)).status).toBe(201)
  })

  it.each([
    [{ username: 'x', role: 'viewer', required_factors: ['password'] }],
    [{ username: 'x', role: 'viewer', password: newPassword, required_factors: ['totp'] }],
    [{ username: 'x', role: 'viewer', required_factors: [] }],
    [{ username: 'x', role: 'king' }],
    [{ username: 'two  spaces', role: 'viewer' }],
    [{ username: 'a'.repeat(256), role: 'viewer' }],
    [{ role: 'viewer' }],
    [{ username: 'x', role: 'viewer', isOwner: true }],
    [{ username: 'x', role: 'viewer', created_at: 0 }],
  ])('N-133 refuses %j', async (body) => {
    expect((await create(body)).status).toBe(400)
  })

  it('N-130 is the owner’s alone', async () => {
    for (const id of [manager, viewer]) {
      expect((await ask(id, 'POST', '/v1/users', { username: 'mine', role: 'viewer' })).status).toBe(403)
    }
  })
})

describe('changing a user', () => {
  it('N-134 changes the role at once, for tokens that are out already', async () => {
    const { id } = await newUser('manager')
    const { access } = await server.session(id)
    expect((await server.ask('GET', '/v1/users', { headers: bearer(access) })).status).toBe(200)
    expect((await asOwner('PATCH', `/v1/users/${id}`, { role: 'viewer' })).body.role).toBe('viewer')
    expect((await server.ask('GET', '/v1/users', { headers: bearer(access) })).status).toBe(403)
  })

  it('N-134 checks requests under way against the old or the new role, and later ones against the new one', async () => {
    const { id } = await newUser('manager')
    const headers = bearer((await server.session(id)).access)
    let changed = false
    const answers: { readonly begunAfter: boolean; readonly status: number; readonly shown: string }[] = []
    const caller = async () => {
      for (let after = 0; after < 5; after += changed ? 1 : 0) {
        const begunAfter = changed
        const { status, body } = await server.ask('GET', '/v1/users?limit=2', { headers })
        answers.push({ begunAfter, status, shown: 'users' in body ? 'people' : String(body.code) })
      }
    }
    const callers = Array.from({ length: 4 }, caller)
    expect((await asOwner('PATCH', `/v1/users/${id}`, { role: 'viewer' })).status).toBe(200)
    changed = true
    await Promise.all(callers)
    const kinds = new Set(answers.map(({ status, shown }) => `${status} ${shown}`))
    expect([...kinds].toSorted()).toEqual(['200 people', '403 access_denied'])
    expect(new Set(answers.filter(({ begunAfter }) => begunAfter).map(({ status }) => status))).toEqual(new Set([403]))
  })

  it('N-134 finishes what an owner began, and begins no more for them', async () => {
    const { hasher } = server.running.authority.domain
    const hash = hasher.hash.bind(hasher)
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const held = vi.spyOn(hasher, 'hash').mockImplementationOnce(async (...given) => {
      reached.resolve()
      await released.promise
      return hash(...given)
    })
    onTestFinished(() => held.mockRestore())
    const { access } = await server.session(owner)
    const create = (username: string) =>
      server.ask('POST', '/v1/users', {
        headers: bearer(access),
        body: { username, role: 'viewer', password: newPassword },
      })
    const underWay = create('in-time')
    await reached.promise
    expect((await ask(owner, 'POST', `/v1/users/${manager}/ownership`, proof)).status).toBe(204)
    expect((await create('too-late-again')).status).toBe(403)
    released.resolve()
    expect((await underWay).status).toBe(201)
    expect(server.sql("SELECT username FROM users WHERE username IN ('in-time', 'too-late-again')")).toEqual([
      { username: 'in-time' },
    ])
    expect((await ask(manager, 'POST', `/v1/users/${owner}/ownership`, proof)).status).toBe(204)
  })

  it('disabling ends everything, and enabling brings none of it back', async () => {
    const { id } = await newUser()
    const [{ access }, personal] = [await server.session(id), await server.personalToken(id)]
    expect((await asOwner('PATCH', `/v1/users/${id}`, { disabled: true })).body.disabled).toBe(true)
    expect([await works(access), await works(personal)]).toEqual([false, false])
    expect(await logIn({ username: `somebody-${made}`, password: goodPassword })).toBe(401)
    expect((await asOwner('PATCH', `/v1/users/${id}`, { disabled: false })).body.disabled).toBe(false)
    expect([await works(access), await works(personal)]).toEqual([false, false])
    expect(await logIn({ username: `somebody-${made}`, password: goodPassword })).toBe(201)
  })

  it('requires no factor that the user does not have', async () => {
    const { id } = await newUser()
    const change = (required_factors: string[]) => asOwner('PATCH', `/v1/users/${id}`, { required_factors })
    expect((await change(['password', 'totp'])).status).toBe(400)
    const { body } = await asOwner('POST', `/v1/users/${id}/totp`)
    // A secret that no code has confirmed does not count.
    expect((await change(['password', 'totp'])).status).toBe(400)
    const authenticator = new Authenticator(String(body.secret), server.time)
    const { access } = await server.session(id)
    const confirmation = { headers: bearer(access), body: { code: authenticator.code() } }
    expect((await server.ask('POST', '/v1/me/totp/confirmation', confirmation)).status).toBe(204)
    expect((await change(['password', 'totp'])).body.required_factors).toEqual(['password', 'totp'])
    expect(await works(access)).toBe(false)
    expect(await logIn({ username: `somebody-${made}`, password: goodPassword })).toBe(401)
  })

  it('N-143 leaves the owner unchanged', async () => {
    const { status, body: problem } = await asOwner('PATCH', `/v1/users/${owner}`, { role: 'viewer' })
    expect([status, problem.code]).toEqual([409, 'owner_protected'])
    expect((await asOwner('DELETE', `/v1/users/${owner}`)).status).toBe(409)
    const { body } = await asOwner('GET', `/v1/users/${owner}`)
    expect(body).toMatchObject({ role: 'owner', disabled: false })
  })

  it('N-283 lets no user change without proof what requires proof under /v1/me', async () => {
    for (const [method, path, body, operation] of [
      ['PATCH', '', { disabled: true }, undefined],
      ['PATCH', '', { disabled: false }, undefined],
      ['PATCH', '', { role: 'manager', disabled: true }, undefined],
      ['PATCH', '', { required_factors: ['password'] }, 'PUT /v1/me/required-factors'],
      ['PUT', '/password', { password: newPassword }, 'PUT /v1/me/password'],
      ['POST', '/totp', undefined, 'POST /v1/me/totp'],
      ['POST', '/unlock', undefined, undefined],
    ] as const) {
      const { status, body: problem } = await asOwner(method, `/v1/users/${owner}${path}`, body)
      expect([status, problem.code]).toEqual([403, 'own_account'])
      if (operation) expect(problem.detail).toContain(operation)
    }
    const { username } = (await asOwner('GET', `/v1/users/${owner}`)).body
    expect(await logIn({ username, password: goodPassword })).toBe(201)
  })

  it('N-284 changes all members of a user or none', async () => {
    const { id } = await newUser()
    const { status } = await asOwner('PATCH', `/v1/users/${id}`, { role: 'manager', required_factors: ['totp'] })
    expect(status).toBe(400)
    expect((await asOwner('GET', `/v1/users/${id}`)).body).toMatchObject({
      role: 'viewer',
      required_factors: ['password'],
    })
  })

  it('N-285 makes no user rely on a password that is permitted only beside a code', async () => {
    const { id, username, password, authenticator } = await server.enrolled(['password', 'totp'], 'eight ch')
    const lower = () => asOwner('PATCH', `/v1/users/${id}`, { required_factors: ['password'] })
    const { status, body } = await lower()
    expect([status, body.code, body.reason]).toEqual([422, 'password_unacceptable', 'too_short'])
    expect(await logIn({ username, password, code: authenticator.code() })).toBe(201)
    await asOwner('PUT', `/v1/users/${id}/password`, { password: newPassword })
    expect((await lower()).status).toBe(200)
    expect(await logIn({ username, password: newPassword })).toBe(201)
  })

  it('makes no user the owner', async () => {
    const { status, body } = await asOwner('PATCH', `/v1/users/${viewer}`, { role: 'owner' })
    expect([status, body.code]).toEqual([409, 'owner_exists'])
  })

  it('N-130 is refused to the user themselves', async () => {
    expect((await ask(viewer, 'PATCH', `/v1/users/${viewer}`, { role: 'manager' })).status).toBe(403)
  })

  it('deleting ends everything, and frees the name', async () => {
    const { id } = await newUser()
    const { access } = await server.session(id)
    expect((await asOwner('DELETE', `/v1/users/${id}`)).status).toBe(204)
    expect(await works(access)).toBe(false)
    expect((await asOwner('DELETE', `/v1/users/${id}`)).status).toBe(404)
    expect((await asOwner('POST', '/v1/users', { username: `somebody-${made}`, role: 'viewer' })).status).toBe(201)
  })

  it('sets a password, and ends every session', async () => {
    const { id } = await newUser()
    const [{ access }, personal] = [await server.session(id), await server.personalToken(id)]
    expect((await asOwner('PUT', `/v1/users/${id}/password`, { password: newPassword })).status).toBe(204)
    expect([await works(access), await works(personal)]).toEqual([false, true])
    expect(await logIn({ username: `somebody-${made}`, password: newPassword })).toBe(201)
  })

  it('revokes everything of a user; personal tokens only on request', async () => {
    const { id } = await newUser()
    const [{ access }, personal] = [await server.session(id), await server.personalToken(id)]
    expect((await asOwner('DELETE', `/v1/users/${id}/authorizations`)).status).toBe(204)
    expect([await works(access), await works(personal)]).toEqual([false, true])
    expect((await ask(id, 'DELETE', `/v1/users/${id}/authorizations?personal=true`)).status).toBe(204)
    expect(await works(personal)).toBe(false)
    expect((await ask(id, 'DELETE', `/v1/users/${viewer}/authorizations`)).status).toBe(403)
  })
})

describe('TOTP, set and unlocked by the owner', () => {
  it('unlocks an account that the hard cap has locked', async () => {
    const { id, username, authenticator } = await server.enrolled()
    server.sql('UPDATE enrolments SET failures = ? WHERE user_id = ?', totpFailureCap - 1, id)
    expect(await logIn({ username, code: authenticator.wrong() })).toBe(401)
    expect(await logIn({ username, code: authenticator.code() })).toBe(401)
    expect((await asOwner('POST', `/v1/users/${id}/unlock`)).status).toBe(204)
    expect(await logIn({ username, code: authenticator.next() })).toBe(201)
  })

  it('makes a new secret, whose codes count alone, and ends every session', async () => {
    const { id, username, authenticator } = await server.enrolled()
    const { access } = await server.session(id)
    const { body } = await asOwner('POST', `/v1/users/${id}/totp`)
    expect(await works(access)).toBe(false)
    expect(await logIn({ username, code: authenticator.next() })).toBe(401)
    expect(await logIn({ username, code: new Authenticator(String(body.secret), server.time).code() })).toBe(201)
  })

  it('unlocks a throttled user', async () => {
    const { id } = await newUser()
    const body = { username: `somebody-${made}`, password: 'wrong' }
    for (let i = 0; i < 5; i++) expect(await logIn(body)).toBe(401)
    expect(await logIn(body)).toBe(429)
    await asOwner('POST', `/v1/users/${id}/unlock`)
    expect(await logIn({ ...body, password: goodPassword })).toBe(201)
  })
})

describe('the ownership', () => {
  const transfer = async (from: string, to: string) => ask(from, 'POST', `/v1/users/${to}/ownership`, proof)

  it('N-144 is not transferred to the owner, to an unknown user, or to a disabled one', async () => {
    const { id } = await newUser()
    await asOwner('PATCH', `/v1/users/${id}`, { disabled: true })
    const statuses = []
    for (const to of [owner, unknownId, id]) statuses.push((await transfer(owner, to)).status)
    expect(statuses).toEqual([400, 404, 409])
    expect(owners()).toEqual([owner])
  })

  it('N-145 passes at once: the tokens of the one before are a manager’s', async () => {
    const { access } = await server.session(owner)
    expect((await transfer(owner, manager)).status).toBe(204)
    const create = { headers: bearer(access), body: { username: 'too-late', role: 'viewer' } }
    expect((await server.ask('POST', '/v1/users', create)).status).toBe(403)
    expect((await server.ask('GET', '/v1/me', { headers: bearer(access) })).body.role).toBe('manager')
    expect(owners()).toEqual([manager])
    expect((await transfer(manager, owner)).status).toBe(204)
    expect(owners()).toEqual([owner])
  })

  it('N-141 passes once in two parallel transfers, and there is one owner at every read', async () => {
    const successors = [await newUser(), await newUser()]
    const seen: number[] = []
    const watch = setInterval(() => seen.push(owners().length), 1)
    const answers = await Promise.all(successors.map(({ id }) => transfer(owner, id)))
    clearInterval(watch)
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(owners()).toHaveLength(1)
    expect(seen.every((count) => count === 1)).toBe(true)
    await transfer(String(owners()[0]), owner)
  })
})
