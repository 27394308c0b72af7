// Users and droplets of the vendor's page as transcripts, and which roles may do what.
import { localCaller, type Role } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Authenticator } from '../../../test/authenticator.ts'
import { readQrPicture } from '../../../test/qr-picture.ts'
import {
  bearer,
  type EnrolledPerson,
  form,
  type RecordedServer,
  startRecordedServer,
} from '../../../test/recorded-server.ts'
import { CikitClient, denied, fault, malformed, noUser } from './testing/cikit-client.ts'

let server: RecordedServer
let client: CikitClient
let owner: EnrolledPerson
let manager: EnrolledPerson
let viewer: EnrolledPerson

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
const as = (who: EnrolledPerson) => client.as(who)
const elsewhere = () => client.elsewhere()

describe('GET /user/auth/setup/:user', () => {
  it('shows a picture that a decoder reads, whose secret makes the codes', async () => {
    const added = 'new-one'
    const headers = await as(owner)
    await ask('POST', '/user/add', { headers, body: { username: added, group: 'viewer' } })
    const setup = await ask('GET', `/user/auth/setup/${added}`, { headers })
    expect([setup.status, setup.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(Object.keys(setup.body)).toEqual(['qr', 'secret'])
    const uri = new URL(readQrPicture(String(setup.body.qr)) ?? 'about:blank')
    expect([uri.protocol, uri.host, uri.pathname]).toEqual(['otpauth:', 'totp', `/Countersign:${added}`])
    expect(uri.searchParams.get('secret')).toBe(setup.body.secret)
    const code = new Authenticator(String(setup.body.secret), server.time).code()
    expect((await ask('POST', '/user/auth', { body: { username: added, code } })).status).toBe(200)
  })

  it('shows the same until a code confirms it, then a new one that counts from its first code on', async () => {
    const { username, authenticator } = await server.enrolled()
    const headers = await as(owner)
    const setUp = async () => String((await ask('GET', `/user/auth/setup/${username}`, { headers })).body.secret)
    const logInWith = async (code: string) =>
      (await ask('POST', '/user/auth', { body: { username, code }, headers: elsewhere() })).status
    expect(await setUp()).toBe(await setUp())
    expect(await logInWith(authenticator.code())).toBe(200)
    const [first, second] = [await setUp(), await setUp()]
    expect(second).not.toBe(first)
    const pending = new Authenticator(second, server.time)
    // The old one counts until a code of the new one comes; the one in between never does.
    expect(await logInWith(authenticator.next())).toBe(200)
    expect(await logInWith(new Authenticator(first, server.time).next())).toBe(400)
    expect(await logInWith(pending.code())).toBe(200)
    expect(await logInWith(authenticator.next())).toBe(400)
    expect(await logInWith(pending.code())).toBe(200)
  })

  it('N-043 is reserved to the owner: others get 912 for themselves, for other users, and for unknown ones', async () => {
    for (const who of [viewer, manager]) {
      const headers = await as(who)
      for (const name of [who.username, owner.username, 'nobody']) {
        const answer = await ask('GET', `/user/auth/setup/${name}`, { headers })
        expect([answer.status, answer.body]).toEqual([403, denied])
      }
    }
    expect((await ask('GET', '/user/auth/setup/nobody', { headers: await as(owner) })).body).toEqual(noUser)
  })

  it('answers a POST like the GET, as the vendor’s server does, and to the same callers', async () => {
    const paths = ['/user/list', '/droplet/list', `/user/auth/setup/${viewer.username}`]
    for (const who of [owner, manager, viewer]) {
      const headers = await as(who)
      for (const path of paths) {
        const [get, post] = [await ask('GET', path, { headers }), await ask('POST', path, { headers })]
        const { status, text } = post
        // A secret that was confirmed is a fresh one each time.
        expect({ path, status }).toEqual({ path, status: get.status })
        if (!path.includes('setup') || status !== 200) expect({ path, text }).toEqual({ path, text: get.text })
      }
    }
    const body = { access_token: (await client.logIn(owner)).access_token }
    for (const path of paths) expect((await ask('POST', path, { body })).status).toBe(200)
    for (const path of paths) expect((await ask('POST', path)).text).toBe('Unauthorized')
  })

  it('lists by POST for a token that may only read, too', async () => {
    const headers = bearer(await server.personalToken(owner.id, ['read']))
    for (const path of ['/user/list', '/droplet/list']) {
      for (const method of ['GET', 'POST']) expect((await ask(method, path, { headers })).status).toBe(200)
    }
    expect((await ask('POST', `/user/auth/setup/${viewer.username}`, { headers })).status).toBe(403)
  })

  it('changes something, so that HEAD is refused', async () => {
    const answer = await ask('HEAD', `/user/auth/setup/${viewer.username}`, { headers: await as(owner) })
    expect([answer.status, answer.headers.get('allow')]).toEqual([404, 'GET, POST'])
  })
})

describe('users', () => {
  interface Listed {
    readonly _id: string
    readonly username: string
    readonly created: string
    readonly group: string
  }
  const listed = ({ text }: { readonly text: string }) => JSON.parse(text) as Listed[]
  const names = (answer: { readonly text: string }) => listed(answer).map(({ username }) => username)

  it('all-D5 are listed in the order of creation, without any secret', async () => {
    const answer = await ask('GET', '/user/list', { headers: await as(owner) })
    expect(answer.status).toBe(200)
    expect(listed(answer)[0]).toEqual({
      _id: owner.id,
      username: owner.username,
      created: '2027-01-15T08:00:00.000Z',
      group: 'owner',
    })
    expect(names(answer).slice(0, 3)).toEqual([owner.username, manager.username, viewer.username])
  })

  it('are added at the end of the list, and deleted with all that they hold', async () => {
    const headers = await as(owner)
    const body = { username: 'test-user-12', group: 'viewer', _id: 'ignored', secret: 'ignored' }
    const added = await ask('POST', '/user/add', { headers, body })
    expect(added.status).toBe(200)
    expect(listed(added).at(-1)).toMatchObject({ username: 'test-user-12', group: 'viewer' })
    const { body: setup } = await ask('GET', '/user/auth/setup/test-user-12', { headers })
    const code = new Authenticator(String(setup.secret), server.time).code()
    const pair = await ask('POST', '/user/auth', { body: { username: 'test-user-12', code } })
    const deleted = await ask('DELETE', '/user/delete/test-user-12', { headers })
    expect(deleted.status).toBe(200)
    expect(names(deleted)).not.toContain('test-user-12')
    const theirs = { authorization: `Bearer ${pair.body.access_token}` }
    expect((await ask('GET', '/droplet/list', { headers: theirs })).body.errorId).toBe(908)
  })

  it('are added by a form too', async () => {
    const body = form({ username: 'by-form', group: 'manager' })
    expect(names(await ask('POST', '/user/add', { headers: await as(owner), body })).at(-1)).toBe('by-form')
  })

  it.each([
    [{}, 400, fault('The request body must contain "group" and "username"', 913)],
    [{ group: 'bla' }, 400, fault('The request body must contain "group" and "username"', 913)],
    [{ username: 'bla' }, 400, fault('The request body must contain "group" and "username"', 913)],
    [{ username: '', group: 'viewer' }, 400, fault('The request body must contain "group" and "username"', 913)],
    [{ username: 5, group: 'viewer' }, 400, fault('The request body must contain "group" and "username"', 913)],
    [{ username: 'ENROLLED-1', group: 'no group' }, 400, fault('Username is already taken', 914)],
    [{ username: 'enrolled-1', group: 'owner' }, 400, fault('Username is already taken', 914)],
    [{ username: 'another', group: 'v1ewer' }, 400, fault('The group is unknown', 905)],
    [{ username: 'another', group: 'owner' }, 403, fault('The system cannot have multiple owners', 906)],
    [{ username: 'not  a name', group: 'viewer' }, 400, fault('The username is invalid', 0)],
  ])('are not added as %j', async (body, status, refusal) => {
    const answer = await ask('POST', '/user/add', { headers: await as(owner), body })
    expect([answer.status, answer.body]).toEqual([status, refusal])
  })

  it('are not deleted if they are the owner or do not exist', async () => {
    const headers = await as(owner)
    const self = await ask('DELETE', `/user/delete/${owner.username}`, { headers })
    expect([self.status, self.body]).toEqual([403, denied])
    const unknown = await ask('DELETE', '/user/delete/bla', { headers })
    expect([unknown.status, unknown.body]).toEqual([400, noUser])
  })
})

describe('droplets', () => {
  interface Listed {
    readonly id: string
    readonly name: string
    readonly created: string
    readonly status: string
    readonly ports: Record<
      string,
      { readonly type: string; readonly from: { readonly ip: string; readonly port: number } }
    >
  }
  const listed = ({ text }: { readonly text: string }) => JSON.parse(text) as Listed[]

  it.each(['manager', 'owner'] as const)('are added, stopped, started, restarted and deleted by a %s', async (role) => {
    const headers = await as(role === 'owner' ? owner : manager)
    const before = listed(await ask('GET', '/droplet/list', { headers })).length
    const [droplet, ...others] = listed(await ask('POST', '/droplet/add', { headers }))
    expect(others).toHaveLength(before)
    expect(droplet).toMatchObject({ created: '1 second ago', status: 'Up 1 second' })
    expect(Object.keys(droplet?.ports ?? {})).toEqual(['22', '80', '443'])
    server.time.advance(5)
    const on = async (method: string, verb: string, reference = droplet?.name) =>
      listed(await ask(method, `/droplet/${verb}/${reference}`, { headers }))
    const first = async (method: string, verb: string) => (await on(method, verb, droplet?.id))[0]
    expect(await first('PATCH', 'stop')).toMatchObject({ status: 'Exited (0) 1 second ago', ports: {} })
    server.time.advance(5)
    expect((await ask('GET', '/droplet/list', { headers })).text).toContain('"Exited (0) 5 seconds ago"')
    expect((await on('PATCH', 'start'))[0]?.status).toBe('Up 1 second')
    expect((await on('PATCH', 'restart'))[0]?.ports).toHaveProperty('443')
    expect(await on('DELETE', 'delete')).toHaveLength(before)
  })

  it('are called as they are named, and made up otherwise; the newest is first', async () => {
    const headers = await as(manager)
    const add = async (body: object) => listed(await ask('POST', '/droplet/add', { headers, body }))[0]?.name
    expect(await add({ name: 'cikit01' })).toBe('cikit01')
    expect(await add(form({ name: 'cikit02' }))).toBe('cikit02')
    expect(await add({ name: '' })).toMatch(/^[a-z]+-[a-z]+/)
  })

  it.each([
    ['PATCH', 'stop', ''],
    ['PATCH', 'start', '\nError: failed to start containers: bla'],
    ['PATCH', 'restart', ''],
    ['DELETE', 'delete', ''],
  ])('%s /droplet/%s/bla is refused in the driver’s own words', async (method, verb, more) => {
    const answer = await ask(method, `/droplet/${verb}/bla`, { headers: await as(manager) })
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual(fault(`Error response from daemon: No such container: bla${more}`, 900))
  })

  it('cannot be added twice, under a name that is none, or with a body that is none', async () => {
    const headers = await as(manager)
    const add = (body: object | string) => ask('POST', '/droplet/add', { headers, body })
    await add({ name: 'taken' })
    expect((await add({ name: 'taken' })).body).toMatchObject({ errorId: 900 })
    expect((await add({ name: '../etc' })).body).toMatchObject({ errorId: 900 })
    expect((await add({ name: 5 })).body).toEqual(malformed)
    expect((await add('{')).body).toEqual(malformed)
  })
})

describe('who may do what', () => {
  const rows = [
    ['GET', '/user/list', 'owner'],
    ['POST', '/user/add', 'owner'],
    ['DELETE', '/user/delete/nobody', 'owner'],
    ['GET', '/user/auth/setup/nobody', 'owner'],
    ['GET', '/droplet/list', 'viewer'],
    ['POST', '/droplet/add', 'manager'],
    ['PATCH', '/droplet/stop/bla', 'manager'],
    ['PATCH', '/droplet/start/bla', 'manager'],
    ['PATCH', '/droplet/restart/bla', 'manager'],
    ['DELETE', '/droplet/delete/bla', 'manager'],
  ] as const

  it.each(rows)('%s %s is for a %s at least', async (method, path, least) => {
    const order: readonly Role[] = ['viewer', 'manager', 'owner']
    for (const [at, who] of [viewer, manager, owner].entries()) {
      const { status, body } = await ask(method, path, { headers: await as(who) })
      if (at >= order.indexOf(least)) expect(body.errorId).not.toBe(912)
      else expect([status, body]).toEqual([403, denied])
    }
  })

  it('I4 follows the role as it is now', async () => {
    const { id } = manager
    const headers = await as(manager)
    const { users } = server.running.authority.useCases
    await users.change({ id, role: 'viewer' }, localCaller)
    expect((await ask('POST', '/droplet/add', { headers })).body).toEqual(denied)
    await users.change({ id, role: 'manager' }, localCaller)
    expect((await ask('POST', '/droplet/add', { headers })).status).toBe(200)
  })
})

describe('elsewhere under /api/v1', () => {
  it.each([
    ['GET', '/droplet/l1st'],
    ['PUT', '/droplet/list'],
    ['PUT', '/user/list'],
    ['GET', ''],
    ['GET', '/user/auth/revoke/a/b'],
  ])('%s %s: no route', async (method, path) => {
    const { status, body } = await ask(method, path, { headers: await as(viewer) })
    expect([status, body]).toEqual([404, fault('Route not found', 404)])
  })

  it('is nothing of the dialect’s once it is switched off', async () => {
    const without = await startRecordedServer({ flags: { dialects: 'manifold' } })
    const { status, headers } = await without.running.fetch('/api/v1/user/list')
    await without.close()
    expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  })
})
