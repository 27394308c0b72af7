import { describe, expect, it, vi } from 'vitest'
import { type ClientOptions, createClient } from '../client.ts'
import { SessionExpiredError, TransportError } from '../errors.ts'
import { type PasswordSessionOptions, passwordSession } from '../sources/password-session.ts'
import { type HttpServer, type Reaction, type Received, startHttpServer } from '../testing/http-server.ts'
import { countingRandom, type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { problem, sessionRules } from '../testing/session-rules.ts'
import { unwrap } from '../unwrap.ts'
import type { SessionRecord } from './record.ts'
import { memoryStore, type TokenStore } from './token-store.ts'

const refreshPath = '/v1/sessions/refresh'

/** A client of `server` that behaves as one process: it has memory of its own. */
function newProcess(
  server: HttpServer,
  clock: ManualClock,
  session: PasswordSessionOptions = {},
  options: Partial<ClientOptions> = {},
) {
  const auth = passwordSession({ username: 'ada', password: 'correct horse', ...session })
  const client = createClient({ baseUrl: server.url, auth, clock, random: countingRandom(), ...options })
  return { ...client, me: () => unwrap(client.GET('/v1/me')) }
}

/** Session rules behind a network that misbehaves for the refreshes that `faults` lists, in order. */
function withFaults(rules: ReturnType<typeof sessionRules>, faults: (Reaction | 'lost' | undefined)[]) {
  return (request: Received): Reaction => {
    const fault = request.path === refreshPath ? faults.shift() : undefined
    if (fault === undefined) return rules.react(request)
    if (fault !== 'lost') return fault
    rules.react(request)
    return { cut: 'before' }
  }
}

describe('a session', () => {
  it('begins at the first call and serves the next ones', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const process = newProcess(server, manualClock())
    expect(await process.me()).toMatchObject({ username: 'ada' })
    await process.me()
    expect(server.received.map(({ path }) => path)).toEqual(['/v1/sessions', '/v1/me', '/v1/me'])
  })

  it('N-263 refreshes once for 100 concurrent calls with an expired token', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const process = newProcess(server, clock)
    await process.me()
    clock.advance(601)
    await Promise.all(Array.from({ length: 100 }, process.me))
    expect(server.count(refreshPath)).toBe(1)
  })

  it('N-263 refreshes once for 100 concurrent calls that the server refuses', async () => {
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

  it('goes on with a token that still lives when an early refresh fails', async () => {
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

describe('a refresh whose answer is lost', () => {
  it.each<[string, Reaction | 'lost']>([
    ['cut after the commit', 'lost'],
    ['cut midway', { cut: 'midway' }],
    ['cut before the commit', { cut: 'before' }],
    ['answered 503', problem(503, 'unavailable')],
    ['answered 502 by a proxy', { status: 502 }],
    ['answered 429', problem(429, 'throttled', { 'Retry-After': '1' })],
  ])('N-265 is repeated with the same key when it was %s, and the session survives', async (_, fault) => {
    const rules = sessionRules()
    const server = await startHttpServer(withFaults(rules, [fault, fault, fault]))
    const clock = manualClock()
    const process = newProcess(server, clock)
    await process.me()
    rules.expireAccessTokens()
    expect(await process.me()).toMatchObject({ username: 'ada' })
    const keys = server.received
      .filter(({ path }) => path === refreshPath)
      .map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(4)
    expect(new Set(keys).size).toBe(1)
    expect(rules).toMatchObject({ logins: 1, rotations: 1, reuses: 0 })
  })

  it('N-265 is repeated with pauses that grow and vary', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(withFaults(rules, ['lost', 'lost', 'lost']))
    const clock = manualClock()
    const process = newProcess(server, clock)
    await process.me()
    rules.expireAccessTokens()
    await process.me()
    const [first = 0, second = 0, third = 0] = clock.pauses
    expect(clock.pauses).toHaveLength(3)
    expect(first).toBeGreaterThanOrEqual(0.125)
    expect(second).toBeGreaterThan(first)
    expect(third).toBeGreaterThan(second)
    expect(third).toBeLessThanOrEqual(1)
  })

  it('N-265 is given up after three repetitions, and taken up again by the next call', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(withFaults(rules, Array(4).fill('lost')))
    const process = newProcess(server, manualClock())
    await process.me()
    rules.expireAccessTokens()
    await expect(process.me()).rejects.toThrow(TransportError)
    expect(server.count(refreshPath)).toBe(4)
    expect(await process.me()).toMatchObject({ username: 'ada' })
    expect(rules).toMatchObject({ logins: 1, rotations: 1, reuses: 0 })
  })

  it.each([60, 8, 2])('N-265 is given up before a retry window of %i s closes', async (windowSeconds) => {
    const rules = sessionRules()
    const clock = manualClock()
    const server = await startHttpServer(withFaults(rules, Array(9).fill({ silence: true })))
    const process = newProcess(server, clock, {}, { retryWindowSeconds: windowSeconds, timeoutSeconds: 1e6 })
    await process.me()
    rules.expireAccessTokens()
    let failure: unknown
    const call = process.me().catch((error) => {
      failure = error
    })
    await vi.waitUntil(() => server.count(refreshPath) === 1)
    const sentAt = clock.elapsedSeconds()
    while (failure === undefined) {
      clock.advance(windowSeconds / 600)
      await new Promise(setImmediate)
    }
    await call
    expect(failure).toMatchObject({ reason: 'timed_out' })
    expect(clock.elapsedSeconds() - sentAt).toBeLessThan(Math.min(30, windowSeconds / 2) + windowSeconds / 60)
    expect(server.count(refreshPath)).toBeGreaterThan(1)
  })
})

describe('a refused refresh', () => {
  it('N-266 logs in again with the password, once', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const process = newProcess(server, manualClock())
    await process.me()
    rules.revoke()
    expect(await process.me()).toMatchObject({ username: 'ada' })
    expect(server.count(refreshPath)).toBe(1)
    expect(rules.logins).toBe(2)
  })

  it('N-266 is a SessionExpiredError where no login is allowed, and asks the server no more', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const store = memoryStore()
    const process = newProcess(server, manualClock(), { relogin: false, store })
    await process.me()
    rules.revoke()
    await expect(process.me()).rejects.toMatchObject({ code: 'session_expired', refusal: 'grant_invalid' })
    expect(await store.read()).toBeUndefined()
    const asked = server.received.length
    await expect(process.me()).rejects.toThrow(SessionExpiredError)
    expect(server.received).toHaveLength(asked)
  })

  it('N-266 does not loop when the server refuses every token it issues', async () => {
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
    await expect(process.me()).rejects.toMatchObject({ code: 'session_expired', refusal: 'credentials_invalid' })
    expect(rules.logins).toBe(1)
  })

  it('asks for credentials again when the ones that were typed are refused', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const typed = ['wrong', 'correct horse']
    const auth = passwordSession({ credentials: async () => ({ username: 'ada', password: typed.shift() ?? '' }) })
    const client = createClient({ baseUrl: server.url, auth, clock: manualClock() })
    await expect(client.GET('/v1/me')).rejects.toMatchObject({ code: 'credentials_invalid' })
    expect((await client.GET('/v1/me')).response.status).toBe(200)
  })
})

describe('a bad answer to a refresh', () => {
  const good = { token_type: 'Bearer', access_token: 'a.b.c', expires_in: 600, refresh_token: 'r.r.r' }
  it.each<[string, unknown]>([
    ['no lifetime', { ...good, expires_in: undefined }],
    ['a negative lifetime', { ...good, expires_in: -1 }],
    ['a lifetime without end', { ...good, expires_in: 1e99 }],
    ['a lifetime in words', { ...good, expires_in: '600' }],
    ['no refresh token', { ...good, refresh_token: undefined }],
    ['an empty refresh token', { ...good, refresh_token: '' }],
    ['an access token that no header may carry', { ...good, access_token: 'a\r\nX-Evil: 1' }],
    ['an access token that is an object', { ...good, access_token: {} }],
    ['another token type', { ...good, token_type: 'mac' }],
    ['a list', [good]],
    ['nothing', undefined],
    ['more than 64 KiB', { ...good, padding: 'a'.repeat(70_000) }],
  ])('N-269 with %s is refused, and the old refresh token is kept', async (_, json) => {
    const rules = sessionRules()
    const server = await startHttpServer(withFaults(rules, [{ status: 200, json }]))
    const store = memoryStore()
    const process = newProcess(server, manualClock(), { store })
    await process.me()
    const stored = await store.read()
    rules.expireAccessTokens()
    await expect(process.me()).rejects.toMatchObject({ code: 'unexpected_response' })
    expect(await store.read()).toEqual(stored)
    expect(await process.me()).toMatchObject({ username: 'ada' })
    expect(rules).toMatchObject({ logins: 1, reuses: 0 })
  })

  it('N-269 with deep JSON is refused', async () => {
    const rules = sessionRules()
    const deep = { raw: (response: { end(text: string): void }) => response.end('['.repeat(30_000)) }
    const server = await startHttpServer(withFaults(rules, [deep as Reaction]))
    const process = newProcess(server, manualClock())
    await process.me()
    rules.expireAccessTokens()
    await expect(process.me()).rejects.toMatchObject({ code: 'unexpected_response', reason: 'no JSON' })
  })
})

describe('processes that share a store', () => {
  it('N-264 find what the other stored, and nobody presents a spent token', async () => {
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

  it('N-264 race for one refresh and all go on with the one that was stored', async () => {
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

  it('go on with the newer record when a refusal comes late', async () => {
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

describe('a store that fails', () => {
  it('N-269 keeps the old record; what was received is stored by the next call, without another refresh', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const inner = memoryStore()
    let full = false
    const store: TokenStore = {
      read: inner.read,
      replace: async (spent, next) => {
        if (full) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
        return inner.replace(spent, next)
      },
    }
    const clock = manualClock()
    const process = newProcess(server, clock, { store })
    await process.me()
    const old = await store.read()
    full = true
    rules.expireAccessTokens()
    await expect(process.me()).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await store.read()).toEqual(old)
    full = false
    clock.advance(300)
    await process.me()
    expect(server.count(refreshPath)).toBe(1)
    expect((await store.read())?.accessToken).toBe(rules.accessToken())
    expect(rules).toMatchObject({ logins: 1, reuses: 0 })
  })
})
