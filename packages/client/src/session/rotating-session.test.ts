import { describe, expect, it } from 'vitest'
import { createClient } from '../calls/client.ts'
import { passwordSession } from '../sources/password-session.ts'
import { newProcess, refreshPath, withFaults } from '../testing/client-process.ts'
import { startHttpServer } from '../testing/http-server.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { problem, sessionRules } from '../testing/session-rules.ts'
import { SessionExpiredError } from '../transport/errors.ts'
import type { SessionRecord } from './record.ts'
import { memoryStore, type TokenStore } from './token-store.ts'

describe('a session', () => {
  it('begins at the first call and serves the next ones', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const process = newProcess(server, manualClock())
    expect(await process.me()).toMatchObject({ username: 'ada' })
    await process.me()
    expect(server.received.map(({ path }) => path)).toEqual(['/v1/sessions', '/v1/me', '/v1/me'])
  })

  it('refreshes once for 100 concurrent calls with an expired token', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const process = newProcess(server, clock)
    await process.me()
    clock.advance(601)
    await Promise.all(Array.from({ length: 100 }, process.me))
    expect(server.count(refreshPath)).toBe(1)
  })

  it('refreshes once for 100 concurrent calls that the server refuses', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const process = newProcess(server, manualClock())
    await process.me()
    rules.expireAccessTokens()
    await Promise.all(Array.from({ length: 100 }, process.me))
    expect(server.count(refreshPath)).toBe(1)
    expect(rules.logins).toBe(1)
  })

  it.each([3600, -3600, 31_536_000])(
    'N-252 refreshes by relative time when the clock is wrong by %i s',
    async (wrong) => {
      const rules = sessionRules({ expiresIn: 600 })
      const server = await startHttpServer(rules.react)
      const clock = manualClock()
      clock.setWallClock(clock.epochSeconds() + wrong)
      const process = newProcess(server, clock)
      await process.me()
      clock.setWallClock(clock.epochSeconds() - 2 * wrong)
      clock.advance(500)
      await process.me()
      expect(server.count(refreshPath)).toBe(0)
      clock.advance(90)
      await process.me()
      expect(server.count(refreshPath)).toBe(1)
    },
  )

  it('sends the key that was stored with the refresh token, before anything was sent', async () => {
    const rules = sessionRules()
    const store = memoryStore()
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const process = newProcess(server, clock, { store })
    await process.me()
    const stored = await store.read()
    clock.advance(601)
    await process.me()
    const refresh = server.received.find(({ path }) => path === refreshPath)
    expect(refresh?.headers['idempotency-key']).toBe(stored?.retryKey)
    expect(stored?.retryKey).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect((await store.read())?.retryKey).not.toBe(stored?.retryKey)
  })

  it('continues with a token that is still valid when an early refresh fails', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(withFaults(rules, Array(4).fill({ cut: 'before' })))
    const clock = manualClock()
    const process = newProcess(server, clock)
    await process.me()
    clock.advance(590)
    expect(await process.me()).toMatchObject({ username: 'ada' })
    expect(server.count(refreshPath)).toBe(4)
  })

  it('does not refresh a store that holds the session of another user or server', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const other = await startHttpServer(rules.react)
    const store = memoryStore()
    await newProcess(server, manualClock(), { store }).me()
    await expect(newProcess(server, manualClock(), { store, username: 'bob' }).me()).rejects.toThrow(TypeError)
    await expect(newProcess(other, manualClock(), { store }).me()).rejects.toThrow(TypeError)
    expect(other.received).toEqual([])
  })

  it('is not believed to live longer than it can when the clock was set back after another process stored it', async () => {
    const rules = sessionRules({ expiresIn: 600 })
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const store = memoryStore()
    await newProcess(server, clock, { store }).me()
    clock.setWallClock(clock.epochSeconds() - 3600)
    const other = newProcess(server, clock, { store })
    await other.me()
    clock.advance(601)
    await other.me()
    expect(server.count(refreshPath)).toBe(1)
    expect(server.received.filter(({ path }) => path === '/v1/me')).toHaveLength(3)
  })

  it('is forgotten everywhere when it is signed out of', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const store = memoryStore()
    const process = newProcess(server, manualClock(), { store })
    await process.me()
    await process.signOut()
    expect(await store.read()).toBeUndefined()
    await expect(newProcess(server, manualClock(), { store, password: undefined } as never).me()).rejects.toThrow(
      SessionExpiredError,
    )
  })
})

describe('a refused refresh', () => {
  it('logs in again with the password, once', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const process = newProcess(server, manualClock())
    await process.me()
    rules.revoke()
    expect(await process.me()).toMatchObject({ username: 'ada' })
    expect(server.count(refreshPath)).toBe(1)
    expect(rules.logins).toBe(2)
  })

  it('is a SessionExpiredError where no login is allowed, and sends the server nothing more', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const store = memoryStore()
    const process = newProcess(server, manualClock(), { relogin: false, store })
    await process.me()
    rules.revoke()
    await expect(process.me()).rejects.toMatchObject({ code: 'session_expired', refusal: 'grant_invalid' })
    expect(await store.read()).toBeUndefined()
    const asked = server.received.length
    await expect(process.me()).rejects.toMatchObject({ refusal: 'grant_invalid', detail: 'It was refused.' })
    expect(server.received).toHaveLength(asked)
  })

  it('does not loop when the server refuses every token it issues', async () => {
    const rules = sessionRules()
    const server = await startHttpServer((request) =>
      request.path === '/v1/me' ? problem(401, 'token_invalid') : rules.react(request),
    )
    const process = newProcess(server, manualClock())
    await expect(process.me()).rejects.toMatchObject({ code: 'token_invalid', status: 401 })
    expect(server.count('/v1/me')).toBe(2)
    expect(server.count(refreshPath)).toBe(1)
  })

  it('does not send a refused password a second time', async () => {
    const rules = sessionRules({ password: 'other' })
    const server = await startHttpServer(rules.react)
    const process = newProcess(server, manualClock())
    await expect(process.me()).rejects.toMatchObject({ code: 'credentials_invalid' })
    const told = { refusal: 'credentials_invalid', detail: 'It was refused.' }
    for (let call = 2; call < 4; call += 1) {
      await expect(process.me()).rejects.toMatchObject({ code: 'session_expired', ...told })
    }
    expect(rules.logins).toBe(1)
  })

  it('requests credentials again when the ones that were typed are refused', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const typed = ['wrong', 'correct horse']
    const auth = passwordSession({ credentials: async () => ({ username: 'ada', password: typed.shift() ?? '' }) })
    const client = createClient({ baseUrl: server.url, auth, clock: manualClock() })
    await expect(client.GET('/v1/me')).rejects.toMatchObject({ code: 'credentials_invalid' })
    expect((await client.GET('/v1/me')).response.status).toBe(200)
  })
})

describe('processes of which none may log in again', () => {
  const typed = async () => ({ username: 'ada', password: 'correct horse' })
  const session = (store: TokenStore) => ({ store, password: undefined, credentials: typed, relogin: false }) as never

  it('request no credentials when another of them learned first that the session is over', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const store = memoryStore()
    const [one, two] = [newProcess(server, clock, session(store)), newProcess(server, clock, session(store))]
    await one.me()
    await two.me()
    rules.revoke()
    const outcomes = await Promise.allSettled([one.me(), two.me()])
    await expect(one.me()).rejects.toThrow(SessionExpiredError)
    await expect(two.me()).rejects.toThrow(SessionExpiredError)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(rules.logins).toBe(1)
  })

  it('request no credentials when the session that they take up is over', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const store = memoryStore()
    await newProcess(server, clock, session(store)).me()
    rules.revoke()
    clock.advance(601)
    const late = newProcess(server, clock, session(store))
    await expect(late.me()).rejects.toMatchObject({ code: 'session_expired', refusal: 'grant_invalid' })
    expect(rules.logins).toBe(1)
  })

  it('request no credentials when another of them signed out', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const store = memoryStore()
    const [one, two] = [newProcess(server, clock, session(store)), newProcess(server, clock, session(store))]
    await one.me()
    await two.me()
    await one.signOut()
    clock.advance(601)
    await expect(two.me()).rejects.toThrow(SessionExpiredError)
    expect(rules.logins).toBe(1)
  })
})

describe('processes that share a store', () => {
  it('find what the other stored, and none presents a spent token', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const store = memoryStore()
    const [one, two] = [newProcess(server, clock, { store }), newProcess(server, clock, { store })]
    await one.me()
    await two.me()
    clock.advance(601)
    await one.me()
    await two.me()
    expect(server.count(refreshPath)).toBe(1)
    expect(rules).toMatchObject({ logins: 1, rotations: 1, reuses: 0 })
  })

  it('race for one refresh and all go on with the one that was stored', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const store = memoryStore()
    const processes = Array.from({ length: 8 }, () => newProcess(server, clock, { store, relogin: false }))
    await processes[0]?.me()
    for (let round = 0; round < 20; round += 1) {
      clock.advance(601)
      await Promise.all(processes.map(({ me }) => me()))
    }
    expect(rules.reuses).toBe(0)
    expect(rules.rotations).toBe(20)
  })

  it('do not spend a token younger than the retry window', async () => {
    const rules = sessionRules({ expiresIn: 10 })
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const process = newProcess(server, clock)
    await process.me()
    clock.advance(59)
    await process.me()
    expect(server.count(refreshPath)).toBe(0)
    clock.advance(1)
    await process.me()
    expect(server.count(refreshPath)).toBe(1)
  })

  it('spend a young token when the server refused its access token', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const process = newProcess(server, manualClock())
    await process.me()
    rules.expireAccessTokens()
    await process.me()
    expect(server.count(refreshPath)).toBe(1)
  })

  it('read the store again before each try: what another stored meanwhile is taken, not overwritten', async () => {
    const rules = sessionRules()
    const clock = manualClock()
    const store = memoryStore()
    let other: (() => Promise<unknown>) | undefined
    const faulty = withFaults(rules, ['lost'])
    const server = await startHttpServer(async (request) => {
      const reaction = faulty(request)
      const overtake = request.path === refreshPath ? other : undefined
      other = undefined
      await overtake?.()
      return reaction
    })
    const [one, two] = [newProcess(server, clock, { store }), newProcess(server, clock, { store })]
    await one.me()
    clock.advance(601)
    other = two.me
    await one.me()
    // The first process sent once and lost the answer; the second repeated it with the same key and stored.
    expect(server.count(refreshPath)).toBe(2)
    expect(rules).toMatchObject({ rotations: 1, reuses: 0, logins: 1 })
  })

  it('continue with the newer record when a refusal comes late', async () => {
    const rules = sessionRules()
    const clock = manualClock()
    const store = memoryStore()
    let newer: SessionRecord | undefined
    const server = await startHttpServer(async (request) => {
      if (request.path !== refreshPath || newer) return rules.react(request)
      const stored = await store.read()
      newer = { ...(stored as SessionRecord), retryKey: 'n'.repeat(22), accessToken: rules.accessToken() }
      newer = { ...newer, issuedAt: clock.epochSeconds(), expiresAt: clock.epochSeconds() + 600 }
      await store.replace(stored, newer)
      return problem(401, 'refresh_token_reused')
    })
    const process = newProcess(server, clock, { store, relogin: false })
    await process.me()
    clock.advance(601)
    expect(await process.me()).toMatchObject({ username: 'ada' })
    expect(await store.read()).toEqual(newer)
  })
})
