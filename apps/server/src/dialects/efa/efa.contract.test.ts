import { throughClient } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer } from '../../../test/recorded-server.ts'
import { goodPassword } from '../../testing/test-server.ts'
import { efaSessionPolicy } from './policy.ts'
import { claimsOf, type EfaServer, efaErrors, lifeOf, seen, startEfaServer } from './testing/efa-server.ts'

const { wrongLogin, missingToken, invalidToken, unknownClient, noAccess, requestInvalid } = efaErrors

let efa: EfaServer
let server: RecordedServer
let owner: string
beforeAll(async () => {
  efa = await startEfaServer()
  server = efa.server
  owner = efa.owner
})
afterAll(() => efa.server.close())

const ask: EfaServer['ask'] = (...given) => efa.ask(...given)
const act: EfaServer['act'] = (...given) => efa.act(...given)
const idOf: EfaServer['idOf'] = (...given) => efa.idOf(...given)
const sessionOf: EfaServer['sessionOf'] = (...given) => efa.sessionOf(...given)
const newClient: EfaServer['newClient'] = (...given) => efa.newClient(...given)
const logIn: EfaServer['logIn'] = (...given) => efa.logIn(...given)
const refresh: EfaServer['refresh'] = (...given) => efa.refresh(...given)
const validate: EfaServer['validate'] = (...given) => efa.validate(...given)

describe('POST /token/access-token', () => {
  it('gives an access token of an hour and a refresh token, in the vendor’s order, with nothing to say', async () => {
    const { status, headers, text, body } = await logIn('vera')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    const [access, next] = [body['access-token'], body['refresh-token']]
    expect(text).toBe(`{"access-token":"${access}","token-type":"Bearer","refresh-token":"${next}"}`)
    expect(lifeOf(access)).toBe(3600)
    expect((await validate(access)).status).toBe(200)
  })

  it('reads JSON that comes without a Content-Type, and ignores members that it does not know', async () => {
    const body = JSON.stringify({ username: 'vera', password: goodPassword, realm: 'x' })
    expect((await ask('POST', '/token/access-token', { body })).status).toBe(200)
  })

  it.each([
    ['nothing', undefined],
    ['no password', { username: 'vera' }],
    ['an empty password', { username: 'vera', password: '' }],
    ['a number', { username: 1, password: 'x' }],
    ['what is no JSON', '{'],
  ])('answers 1001 to %s', async (_what, body) => {
    expect(seen(await ask('POST', '/token/access-token', { body }))).toEqual({ status: 400, body: requestInvalid })
  })

  it('answers 25001 alike: a wrong password, an unknown name, a disabled user, and one that must show a code', async () => {
    await server.user('disabled')
    server.sql('UPDATE users SET disabled_at = 1, version = version + 1 WHERE username = ?', 'disabled')
    await server.user('careful')
    server.sql(
      `UPDATE users SET version = version + 1, required_factors = '["password","totp"]' WHERE username = ?`,
      'careful',
    )
    const attempts = [
      { username: 'vera', password: 'wrong' },
      { username: 'unknown', password: goodPassword },
      { username: '../etc', password: goodPassword },
      { username: 'disabled', password: goodPassword },
      { username: 'careful', password: goodPassword },
    ]
    for (const body of attempts) {
      const answer = await ask('POST', '/token/access-token', { body })
      expect(seen(answer)).toEqual({ status: 401, body: wrongLogin })
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="efa"')
      const { client } = await server.client()
      const through = await ask('POST', '/token/client-access-token', { body: { ...body, clientId: client.id } })
      expect(seen(through)).toEqual({ status: 401, body: wrongLogin })
    }
  })

  it('is throttled in the vendor’s shape', async () => {
    let answer = await ask('POST', '/token/access-token', { body: { username: 'guessed', password: 'x' } })
    for (let guesses = 0; answer.status === 401 && guesses < 10; guesses++) {
      answer = await ask('POST', '/token/access-token', { body: { username: 'guessed', password: 'x' } })
    }
    expect(seen(answer)).toEqual({ status: 429, body: { code: 1000, message: 'Too many requests' } })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('tokens that only the owner can issue', () => {
  const paths = ['/token/extended-system-access-token', '/token/system-access-token'] as const
  const bodyOf = async (path: string) =>
    path.includes('extended') ? { clientId: (await newClient()).id, expiry: 300 } : undefined

  it.each(paths)('N-147 %s is refused to every other caller', async (path) => {
    const body = await bodyOf(path)
    expect(seen(await ask('POST', path, { body }))).toEqual({ status: 401, body: missingToken })
    for (const name of ['vera', 'max']) {
      const { access } = await sessionOf(name)
      const answer = await ask('POST', path, { headers: bearer(access), body })
      expect(seen(answer)).toEqual({ status: 403, body: noAccess })
    }
    const machine = await server.machineToken(await newClient('manager'))
    expect(seen(await ask('POST', path, { headers: bearer(machine), body }))).toEqual({
      status: 401,
      body: invalidToken,
    })
    const personal = await server.personalToken(owner)
    expect(seen(await ask('POST', path, { headers: bearer(personal), body }))).toEqual({ status: 403, body: noAccess })
  })

  it.each(paths)('%s takes a native session of the owner too, and of no other dialect', async (path) => {
    const { access } = await server.session(owner)
    expect((await ask('POST', path, { headers: bearer(access), body: await bodyOf(path) })).status).toBe(200)
    const foreign = await server.session(owner, { ...efaSessionPolicy, dialect: 'manifold' })
    const answer = await ask('POST', path, { headers: bearer(foreign.access), body: await bodyOf(path) })
    expect(seen(answer)).toEqual({ status: 401, body: invalidToken })
  })

  it('an extended token is the client’s, lives exactly as long as requested, and is refreshed for the same lifetime', async () => {
    const client = await newClient('manager')
    const body = { clientId: client.id, expiry: 300 }
    const answer = await act('POST', '/token/extended-system-access-token', body)
    expect(Object.keys(answer.body)).toEqual(['access-token', 'token-type', 'refresh-token'])
    expect(lifeOf(answer.body['access-token'])).toBe(300)
    const claims = claimsOf(answer.body['access-token'])
    expect(claims).toMatchObject({ sub: client.id, client_id: client.id, role: 'manager' })
    const next = await refresh(answer.body['refresh-token'])
    expect(lifeOf(next.body['access-token'])).toBe(300)
    expect((await validate(next.body['access-token'])).status).toBe(200)
  })

  it('N-148 expiry is an integer from 60 to 31536000, and nothing is clipped', async () => {
    const { id } = await newClient()
    const ask = (expiry: unknown) => act('POST', '/token/extended-system-access-token', { clientId: id, expiry })
    for (const expiry of [
      0,
      -1,
      59,
      0.5,
      60.5,
      '300',
      1e308,
      2 ** 31,
      2 ** 53 + 2,
      31_536_001,
      null,
      undefined,
      [],
      {},
    ]) {
      expect({ expiry, ...seen(await ask(expiry)) }).toEqual({ expiry, status: 400, body: requestInvalid })
    }
    for (const expiry of [60, 31_536_000]) {
      expect(lifeOf((await ask(expiry)).body['access-token'])).toBe(expiry)
    }
  })

  it('N-149 an extended token dies with its client', async () => {
    const name = 'short-lived'
    const client = (await act('POST', '/client', { name, clientType: 'host' })).body
    const body = { clientId: client.clientID, expiry: 3600 }
    const { body: set } = await act('POST', '/token/extended-system-access-token', body)
    expect((await validate(set['access-token'])).status).toBe(200)
    await act('DELETE', `/client?name=${name}`)
    expect(seen(await validate(set['access-token']))).toEqual({ status: 401, body: invalidToken })
    expect(seen(await refresh(set['refresh-token']))).toEqual({ status: 401, body: invalidToken })
  })

  it('an unknown or disabled client is 25009', async () => {
    const { id } = await newClient()
    const { store, clock } = server.running.authority
    await store.clients.change(id, { disabledAt: clock.now() }, { at: clock.now(), action: 'client_changed' })
    for (const clientId of [id, 'unknown', '0'.repeat(22)]) {
      const answer = await act('POST', '/token/extended-system-access-token', { clientId, expiry: 300 })
      expect(seen(answer)).toEqual({ status: 401, body: unknownClient })
    }
  })

  it('a system token acts for the owner as a manager, and issues no other', async () => {
    const { body } = await act('POST', '/token/system-access-token')
    const token = body['access-token']
    expect(lifeOf(token)).toBe(86_400)
    expect(claimsOf(token)).toMatchObject({ sub: owner, role: 'manager' })
    const again = await ask('POST', '/token/system-access-token', { headers: bearer(String(token)) })
    expect(seen(again)).toEqual({ status: 403, body: noAccess })
    expect(lifeOf((await refresh(body['refresh-token'])).body['access-token'])).toBe(86_400)
  })

  it('a system token may do no more than the token that requests it', async () => {
    const narrowed = await server.narrowed(owner, 'write')
    const { body } = await ask('POST', '/token/system-access-token', { headers: bearer(narrowed) })
    expect(claimsOf(body['access-token']).scope).toBe('write')
  })
})

describe('POST /token/client-access-token', () => {
  const through = (name: string, clientId: string) =>
    ask('POST', '/token/client-access-token', { body: { username: name, password: goodPassword, clientId } })

  it('gives a user’s token through a client, without refresh, with the lower of both roles', async () => {
    const client = await newClient('viewer')
    const { status, text, body } = await through('max', client.id)
    expect(status).toBe(200)
    expect(text).toBe(`{"access-token":"${body['access-token']}","token-type":"Bearer"}`)
    expect(lifeOf(body['access-token'])).toBe(3600)
    expect(claimsOf(body['access-token'])).toMatchObject({
      sub: await idOf('max'),
      client_id: client.id,
      role: 'viewer',
    })
  })

  it('ends with its client, and with its user', async () => {
    const client = await newClient()
    const { store, clock } = server.running.authority
    await server.user('leaver')
    const first = (await through('vera', client.id)).body['access-token']
    const second = (await through('leaver', (await newClient()).id)).body['access-token']
    await store.clients.change(client.id, { disabledAt: clock.now() }, { at: clock.now(), action: 'client_changed' })
    const at = clock.now()
    await store.users.change(await idOf('leaver'), { disabled: true, at }, { latest: at }, [
      { at, action: 'user_changed' },
    ])
    for (const token of [first, second]) {
      expect(seen(await validate(token))).toEqual({ status: 401, body: invalidToken })
    }
  })

  it('discloses an unknown client only to a caller with the right password', async () => {
    expect(seen(await through('vera', 'unknown'))).toEqual({ status: 401, body: unknownClient })
    const body = { username: 'vera', password: 'wrong', clientId: 'unknown' }
    const answer = await ask('POST', '/token/client-access-token', { body })
    expect(seen(answer)).toEqual({ status: 401, body: wrongLogin })
  })

  it('requires username, password and client', async () => {
    const body = { username: 'vera', password: goodPassword }
    expect(seen(await ask('POST', '/token/client-access-token', { body }))).toEqual({
      status: 400,
      body: requestInvalid,
    })
  })
})

describe('POST /token/refresh', () => {
  const elsewhere = { 'x-forwarded-for': '203.0.113.9' }

  it('gives a new pair, once; a token that was used from another address ends the whole login', async () => {
    const { refresh: first } = await sessionOf('vera')
    const second = await refresh(first)
    expect(Object.keys(second.body)).toEqual(['access-token', 'token-type', 'refresh-token'])
    expect(seen(await refresh(first, elsewhere))).toEqual({ status: 401, body: invalidToken })
    expect(seen(await refresh(second.body['refresh-token']))).toEqual({ status: 401, body: invalidToken })
    expect(seen(await validate(second.body['access-token']))).toEqual({ status: 401, body: invalidToken })
  })

  it('answers a retry that carries the same key with the same successor', async () => {
    const { refresh: first } = await sessionOf('vera')
    const headers = { 'idempotency-key': 'k'.repeat(22) }
    const [one, two] = [await refresh(first, headers), await refresh(first, headers)]
    expect(two.body['refresh-token']).toBe(one.body['refresh-token'])
  })

  it('answers a token that comes again from the same address with the same successor', async () => {
    const { refresh: first } = await sessionOf('vera')
    const [one, two] = [await refresh(first), await refresh(first)]
    expect([one.status, two.status, two.body['refresh-token']]).toEqual([200, 200, one.body['refresh-token']])
    expect((await refresh(one.body['refresh-token'])).status).toBe(200)
  })

  it('100 parallel refreshes from as many addresses: one wins, and never are two valid', async () => {
    const { refresh: first } = await sessionOf('vera')
    const from = (n: number) => ({ 'x-forwarded-for': `203.0.113.${n}` })
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => refresh(first, from(n))))
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    for (const answer of answers)
      if (answer.status !== 200) expect(seen(answer)).toEqual({ status: 401, body: invalidToken })
    const after = await refresh(won[0]?.body['refresh-token'])
    expect(seen(after)).toEqual({ status: 401, body: invalidToken })
  })

  it('takes nothing else for one', async () => {
    const { access, refresh: token } = await sessionOf('vera')
    const native = await server.session(await idOf('vera'))
    const personal = await server.personalToken(await idOf('vera'))
    const wrong = [access, native.refresh, personal, 'unknown', token.slice(0, -1), `${token}A`, 'f'.repeat(64), '%']
    for (const presented of wrong) expect(seen(await refresh(presented))).toEqual({ status: 401, body: invalidToken })
    expect(seen(await validate(token))).toEqual({ status: 401, body: invalidToken })
  })

  it('answers another grant type, or none, with 1001', async () => {
    const { refresh: token } = await sessionOf('vera')
    for (const body of [
      { 'grant-type': 'password', 'refresh-token': token },
      { 'refresh-token': token },
      { 'grant-type': 'refresh_token' },
      { 'grant-type': 'refresh_token', 'refresh-token': 1 },
    ]) {
      expect(seen(await ask('POST', '/token/refresh', { body }))).toEqual({ status: 400, body: requestInvalid })
    }
    expect((await refresh(token)).status).toBe(200)
  })
})

describe('POST /token/remove-token', () => {
  it('ends the login: its access token and its refresh token', async () => {
    const { access, refresh: token } = await sessionOf('vera')
    const { status, text } = await ask('POST', '/token/remove-token', { headers: bearer(access) })
    expect({ status, text }).toEqual({ status: 200, text: '' })
    expect(seen(await validate(access))).toEqual({ status: 401, body: invalidToken })
    expect(seen(await refresh(token))).toEqual({ status: 401, body: invalidToken })
    const again = await ask('POST', '/token/remove-token', { headers: bearer(access) })
    expect(seen(again)).toEqual({ status: 401, body: invalidToken })
  })
})

describe('other requests', () => {
  it('are answered in the same shape', async () => {
    expect(seen(await ask('GET', '/nowhere'))).toEqual({
      status: 404,
      body: { code: 1001, message: 'There is nothing at this path' },
    })
    expect(seen(await ask('PUT', '/client'))).toMatchObject({ status: 405, body: { code: 1001 } })
    const headers = { authorization: ['Bearer a', 'Bearer b'] }
    expect(seen(await ask('GET', '/token/validate', { headers }))).toEqual({ status: 400, body: requestInvalid })
    server.running.app.stop()
    const stopping = await ask('GET', '/token/validate')
    server.running.app.ready()
    expect(seen(stopping)).toEqual({ status: 503, body: { code: 1000, message: 'Service unavailable' } })
  })

  it('of the neighbours at /v1 are not this dialect’s', async () => {
    const { body } = await server.ask('GET', '/v1/authorizations')
    expect(body.code).toBe('credentials_missing')
  })
})

it('a session through a client may do what both may', async () => {
  const client = await newClient()
  const policy = throughClient(efaSessionPolicy, client)
  const { access } = await server.session(owner, policy)
  expect(seen(await ask('GET', '/clientlist', { headers: bearer(access) }))).toEqual({ status: 403, body: noAccess })
  const listed = await server.running.authority.useCases.revocation.listOwn({ kind: 'user', id: owner }, { limit: 200 })
  expect(listed.authorizations.map(({ clientId }) => clientId)).toContain(client.id)
})
