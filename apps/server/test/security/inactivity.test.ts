// An unused session ends, and nothing brings it back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { basic, bearer, cookie, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

const [sessionIdle, cookieIdle] = [100_000, 50_000]

let server: RecordedServer
beforeAll(async () => {
  const flags = { 'session-idle-seconds': String(sessionIdle), 'cookie-idle-seconds': String(cookieIdle) }
  server = await startRecordedServer({ flags })
})
afterAll(() => server.close())

let made = 0
const begin = async (more: object = {}) => {
  const username = `idle-${++made}`
  const { id } = await server.user(username)
  const { body, headers } = await server.ask('POST', '/v1/sessions', {
    body: { username, password: goodPassword, ...more },
  })
  const value = /__Host-countersign=([^;]+)/.exec(String(headers.get('set-cookie')))?.[1] ?? ''
  return { id, access: String(body.access_token), refresh: String(body.refresh_token), cookie: cookie(value) }
}
const refresh = (token: string) => server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: token } })
const show = (headers: Record<string, string>) => server.ask('GET', '/v1/sessions/current', { headers })
const listed = async (id: string) => {
  const { store, clock } = server.running.authority
  const subject = { kind: 'user', id } as const
  return (await store.authorizations.listLive({ subject, latest: clock.latest(), limit: 9 })).authorizations.length
}

describe('N-408 a session without use', () => {
  it('lives until the last second of its timeout, and says how long that is', async () => {
    const session = await begin()
    expect((await show(bearer(session.access))).body.idle_expires_in).toBe(sessionIdle)
    server.time.advance(sessionIdle - 1)
    expect(await listed(session.id)).toBe(1)
    expect((await refresh(session.refresh)).status).toBe(200)
  })

  it('is over in the next one: refresh, list, introspection', async () => {
    const session = await begin()
    const { client, secret } = await server.client()
    server.time.advance(sessionIdle)
    expect(await listed(session.id)).toBe(0)
    const introspected = { headers: basic(client.id, secret), body: form({ token: session.refresh }) }
    expect((await server.ask('POST', '/oauth2/introspect', introspected)).body).toEqual({ active: false })
    const answer = await refresh(session.refresh)
    expect([answer.status, answer.body.code]).toEqual([401, 'grant_invalid'])
  })

  it('is prolonged by each refresh and by each use, and by nothing else', async () => {
    let { refresh: token } = await begin()
    for (let turn = 0; turn < 3; turn++) {
      server.time.advance(sessionIdle - 1)
      const { status, body } = await refresh(token)
      expect(status).toBe(200)
      token = String(body.refresh_token)
    }
    const { body } = await refresh(token)
    server.time.advance(500)
    expect((await show(bearer(String(body.access_token)))).status).toBe(200)
    server.time.advance(sessionIdle - 1001)
    expect((await refresh(String(body.refresh_token))).status).toBe(200)
  })
})

describe('N-410 a session that a browser keeps in a cookie', () => {
  it('ends after a shorter time without use, and lives with it', async () => {
    const session = await begin({ cookie: true })
    for (let turn = 0; turn < 3; turn++) {
      server.time.advance(cookieIdle - 1)
      expect((await show(session.cookie)).body.idle_expires_in).toBe(cookieIdle)
    }
    server.time.advance(cookieIdle)
    for (let turn = 0; turn < 2; turn++) {
      // The request that finds it over does not revive it.
      const { status, body } = await show(session.cookie)
      expect([status, body.code]).toEqual([401, 'token_expired'])
    }
    expect((await refresh(session.refresh)).status).toBe(401)
  })

  it('stores a use that comes late in the timeout before it answers, so that other processes see it', async () => {
    const session = await begin({ cookie: true })
    const stored = () => server.sql('SELECT last_used_at FROM authorizations WHERE subject_id = ?', session.id)
    server.time.advance(cookieIdle / 100 - 1)
    await show(session.cookie)
    expect(stored()).toEqual([{ last_used_at: null }])
    server.time.advance(1)
    await show(session.cookie)
    expect(stored()).toEqual([{ last_used_at: Math.floor(server.time.wall() / 1000) }])
  })
})

it('N-409 I3 a session that ended by inactivity stays ended when a use is recorded late and when the clock goes back', async () => {
  const { id, access, refresh: token } = await begin()
  await show(bearer(access))
  server.time.advance(sessionIdle)
  expect((await refresh(token)).status).toBe(401)
  const { domain, store } = server.running.authority
  await domain.usage.flush(store.usage)
  server.time.advance(-sessionIdle / 2)
  expect(await listed(id)).toBe(0)
  expect((await refresh(token)).status).toBe(401)
})

it('N-408 a timeout of 0 is none', async () => {
  const lasting = await startRecordedServer({ flags: { 'session-idle-seconds': '0', 'cookie-idle-seconds': '0' } })
  try {
    const { id } = await lasting.user('lasting')
    await lasting.ask('POST', '/v1/sessions', { body: { username: 'lasting', password: goodPassword, cookie: true } })
    lasting.time.advance(30 * 86_400 - 1)
    const { store, clock } = lasting.running.authority
    const subject = { kind: 'user', id } as const
    const { authorizations } = await store.authorizations.listLive({ subject, latest: clock.latest(), limit: 9 })
    expect(authorizations.map(({ idleSeconds }) => idleSeconds)).toEqual([undefined])
  } finally {
    await lasting.close()
  }
})
