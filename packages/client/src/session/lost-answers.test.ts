import { describe, expect, it, vi } from 'vitest'
import { newProcess, refreshPath, withFaults } from '../testing/client-process.ts'
import { type Reaction, startHttpServer } from '../testing/http-server.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { problem, sessionRules } from '../testing/session-rules.ts'
import { TransportError } from '../transport/errors.ts'
import { memoryStore, type TokenStore } from './token-store.ts'

describe('a refresh whose answer is lost', () => {
  it.each<[string, Reaction | 'lost']>([
    ['cut after the commit', 'lost'],
    ['cut midway', { cut: 'midway' }],
    ['cut before the commit', { cut: 'before' }],
    ['answered 503', problem(503, 'unavailable')],
    ['answered 502 by a proxy', { status: 502 }],
    ['answered 429', problem(429, 'throttled', { 'Retry-After': '1' })],
  ])('is repeated with the same key when it was %s, and the session survives', async (_, fault) => {
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

  it('is repeated with pauses that grow and vary', async () => {
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

  it('is given up after three repetitions, and taken up again by the next call', async () => {
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

  it.each([
    [60, 3],
    [8, 2],
    [2, 1],
  ])('is given up before a retry window of %i s closes, sent %i times', async (windowSeconds, times) => {
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
    expect(server.count(refreshPath)).toBe(times)
  })
})

describe('a refresh after the store was read too slowly', () => {
  it('is not sent: others may have spent the token meanwhile', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const clock = manualClock()
    const inner = memoryStore()
    let slowSeconds = 0
    const read: TokenStore['read'] = async () => {
      const record = await inner.read()
      clock.advance(slowSeconds)
      return record
    }
    const process = newProcess(server, clock, { store: { ...inner, read } })
    await process.me()
    rules.expireAccessTokens()
    slowSeconds = 31
    await expect(process.me()).rejects.toMatchObject({ code: 'transport_failed', reason: 'timed_out' })
    expect(server.count(refreshPath)).toBe(0)
    slowSeconds = 0
    expect(await process.me()).toMatchObject({ username: 'ada' })
    expect(rules).toMatchObject({ logins: 1, rotations: 1, reuses: 0 })
  })
})

describe('a bad answer to a refresh', () => {
  const good = { token_type: 'Bearer', access_token: 'a.b.c', expires_in: 600, refresh_token: 'r.r.r' }
  it.each<[string, unknown]>([
    ['no lifetime', { ...good, expires_in: undefined }],
    ['a negative lifetime', { ...good, expires_in: -1 }],
    ['no time to live', { ...good, expires_in: 0 }],
    ['a lifetime that is no number', { ...good, expires_in: null }],
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
