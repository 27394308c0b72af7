import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  bearer,
  form,
  type RecordedServer,
  type RegisteredClient,
  startRecordedServer,
} from '../recorded-server.ts'
import { dialectPasswordPaths, guess, named, newAddress } from './login-paths.ts'

let server: RecordedServer
let ada: { readonly id: string }
let one: RegisteredClient
let other: RegisteredClient
beforeAll(async () => {
  server = await startRecordedServer()
  ada = await server.user('ada')
  one = await server.client({ name: 'one' })
  other = await server.client({ name: 'other', tokenForm: 'opaque' })
})
afterAll(() => server.close())

const as = ({ client, secret }: RegisteredClient) => basic(client.id, secret)
const revoke = (token: string, by: RegisteredClient) =>
  server.ask('POST', '/oauth2/revoke', { headers: as(by), body: form({ token }) })
const revokeOwn = (token: string) =>
  server.ask('POST', '/oauth2/revoke', { body: form({ token, client_id: 'countersign' }) })
const isActive = async (token: string, by: RegisteredClient) =>
  (await server.ask('POST', '/oauth2/introspect', { headers: as(by), body: form({ token }) })).body.active
const status = async (token: string) => (await server.ask('GET', '/v1/me', { headers: bearer(token) })).status
const refresh = async (token: string) =>
  (await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: token } })).status

it('N-119 a token that was never one is revoked like any other, any number of times', async () => {
  const machine = await server.machineToken(one.client)
  const answers = [await revoke('garbage', one), await revoke(machine, one), await revoke(machine, one)]
  expect(answers.map((answer) => [answer.status, answer.text])).toEqual([
    [200, ''],
    [200, ''],
    [200, ''],
  ])
})

it('N-120 another client’s token, or a user’s, lives on; the answer does not say so', async () => {
  const machine = await server.machineToken(one.client)
  const session = await server.session(ada.id)
  for (const token of [machine, session.access, session.refresh]) {
    expect((await revoke(token, other)).status).toBe(200)
  }
  expect((await revokeOwn(machine)).status).toBe(200)
  expect([await isActive(machine, one), await status(session.access), await refresh(session.refresh)]).toEqual([
    true,
    200,
    200,
  ])
})

describe('N-121 when the store does not take it', () => {
  it('is answered 503 with Retry-After, everywhere, and nothing has changed', async () => {
    const session = await server.session(ada.id)
    const machine = await server.machineToken(one.client)
    const lock = server.database()
    lock.exec('BEGIN IMMEDIATE')
    const answers = await Promise.all([
      revoke(machine, one),
      revokeOwn(session.refresh),
      server.ask('DELETE', '/v1/sessions/current', { headers: bearer(session.access) }),
      server.ask('DELETE', `/v1/authorizations/${session.id}`, { headers: bearer(session.access) }),
      server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: session.refresh } }),
      server.ask('POST', '/v1/sessions', { body: { username: 'ada', password: 'wrong' } }),
      ...dialectPasswordPaths.map((path) =>
        guess(server, path, { ...named('ada'), clientId: one.client.id }, 'wrong', newAddress()),
      ),
    ])
    lock.exec('ROLLBACK')
    lock.close()
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 503))
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(answers.map(() => '1'))
    expect([await isActive(machine, one), await status(session.access)]).toEqual([true, 200])
    expect(await refresh(session.refresh)).toBe(200)
  })

  it('still answers what only reads', async () => {
    const { access } = await server.session(ada.id)
    const lock = server.database()
    lock.exec('BEGIN IMMEDIATE')
    const answered = [await status(access), await isActive(access, one)]
    lock.exec('ROLLBACK')
    lock.close()
    expect(answered).toEqual([200, true])
  })
})

it('N-122 no request that begins after the answer is served, while others still run', async () => {
  for (let round = 0; round < 5; round++) {
    const { access } = await server.session(ada.id)
    let revoked = false
    const late: number[] = []
    const caller = async () => {
      for (let i = 0; i < 20; i++) {
        const begunAfter = revoked
        const answer = await status(access)
        if (begunAfter) late.push(answer)
      }
    }
    const callers = Array.from({ length: 4 }, caller)
    expect((await revokeOwn(access)).status).toBe(200)
    revoked = true
    await Promise.all(callers)
    expect(new Set([...late, await status(access)])).toEqual(new Set([401]))
  }
})

describe('N-124 what the revocation of a token ends', () => {
  it('of a session: the whole session, whichever of the pair is revoked', async () => {
    for (const pick of ['access', 'refresh'] as const) {
      const session = await server.session(ada.id)
      expect((await revokeOwn(session[pick])).status).toBe(200)
      expect([await status(session.access), await refresh(session.refresh)]).toEqual([401, 401])
      const cookie = { cookie: `__Host-countersign=${server.cookieOf(session.id)}` }
      expect((await server.ask('GET', '/v1/me', { headers: cookie })).status).toBe(401)
    }
  })

  it('of a client: that token alone', async () => {
    for (const client of [one, other]) {
      const [first, second] = [await server.machineToken(client.client), await server.machineToken(client.client)]
      expect((await revoke(first, client)).status).toBe(200)
      expect([await isActive(first, client), await isActive(second, client)]).toEqual([false, true])
    }
  })

  it('of a user: no other session of theirs', async () => {
    const [ended, kept] = [await server.session(ada.id), await server.session(ada.id)]
    await revokeOwn(ended.access)
    expect([await status(kept.access), await refresh(kept.refresh)]).toEqual([200, 200])
  })
})
