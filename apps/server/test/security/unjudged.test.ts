// Guesses that the server could not check do not count as wrong; and unknown callers take no place from known ones.
import { AuthError, StoreError, throttleLimits } from '@countersign/core'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import type { LoginPath } from './login-path.ts'
import { guess, isUserPath, loginPaths, newAccount, newAddress, wrongSecret } from './login-paths.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true, alone: true })
})
afterAll(() => server.close())
afterEach(() => {
  vi.restoreAllMocks()
  server.sql('DELETE FROM counters')
})

const away = () => new StoreError('unavailable', 'injected')
const countersLeft = () => server.sql('SELECT count(*) AS n FROM counters WHERE failures > 0')[0]?.n

/** Takes away what the judging of this path needs. */
function takeStoreAway({ of }: LoginPath): void {
  const { store } = server.running.authority
  if (of === 'client secret') vi.spyOn(store.clients, 'findBySecret').mockRejectedValue(away())
  else if (of === 'password') vi.spyOn(server.running.authority.domain.hasher, 'verify').mockRejectedValue(away())
  else if (of.endsWith('recovery code')) vi.spyOn(store.recoveryCodes, 'spend').mockRejectedValue(away())
  else vi.spyOn(store.enrolments, 'find').mockRejectedValue(away())
}

describe.each(loginPaths)('N-340 a guess at $name that was not judged', (path) => {
  it('counts nowhere while the store is away, however often it comes', async () => {
    const [account, address] = [await newAccount(server, path), newAddress()]
    server.sql('DELETE FROM counters')
    takeStoreAway(path)
    const secret = account.secret
    for (let i = 0; i < throttleLimits.account + 2; i++) {
      expect((await guess(server, path, account, secret, address)).status).toBe(503)
    }
    vi.restoreAllMocks()
    expect(countersLeft()).toBe(0)
    expect((await guess(server, path, account, secret, address)).status).toBeLessThan(300)
  })
})

describe.each(loginPaths.filter(({ of }) => of === 'password' || of === 'password and code'))(
  'N-340 a guess at $name while the queue of hashes is full',
  (path) => {
    it('counts nowhere, from a known address neither', async () => {
      const [account, address] = [await newAccount(server, path), newAddress()]
      server.sql('DELETE FROM counters')
      const overloaded = () =>
        vi
          .spyOn(server.running.authority.domain.hasher, 'verify')
          .mockRejectedValue(new AuthError('overloaded', { retryAfterSeconds: 1 }))
      for (const _ of ['unknown', 'known']) {
        overloaded()
        for (let i = 0; i < throttleLimits.account + 2; i++) {
          expect((await guess(server, path, account, account.secret, address)).status).toBe(503)
        }
        vi.restoreAllMocks()
        expect(countersLeft()).toBe(0)
        if (path.of === 'password and code') break
        expect((await guess(server, path, account, account.secret, address)).status).toBeLessThan(300)
      }
    })
  },
)

describe('N-340 what was judged', () => {
  it('stays counted where the answer fails after that', async () => {
    const path = loginPaths.find(({ name }) => name === 'createSession by code')
    if (!path) throw new Error('there is no such path')
    const account = await newAccount(server, path)
    vi.spyOn(server.running.authority.store.enrolments, 'countFailure').mockRejectedValue(away())
    for (let i = 0; i < throttleLimits.account; i++) {
      expect((await guess(server, path, account, wrongSecret(path), newAddress())).status).toBe(503)
    }
    expect((await guess(server, path, account, wrongSecret(path), newAddress())).status).toBe(429)
  })

  it('stays counted where the store fails after a password was found wrong', async () => {
    const { username } = await server.enrolled(['password', 'totp'], goodPassword)
    vi.spyOn(server.running.authority.store.enrolments, 'find').mockRejectedValue(away())
    const wrong = () => {
      const body = { username, password: `${goodPassword} not`, code: '000000' }
      return server.ask('POST', '/v1/sessions', { headers: { 'x-forwarded-for': newAddress() }, body })
    }
    for (let i = 0; i < throttleLimits.account; i++) expect((await wrong()).status).toBe(503)
    expect((await wrong()).status).toBe(429)
  })

  it('stays counted where the caller goes away', async () => {
    const account = await newAccount(server, { of: 'password' })
    const address = newAddress()
    const { hasher } = server.running.authority.domain
    for (let i = 0; i < throttleLimits.account; i++) {
      const caller = new AbortController()
      const gone = new Promise<void>((resolve) => {
        vi.spyOn(hasher, 'verify').mockImplementationOnce(async (_password, _hash, signal) => {
          caller.abort()
          await new Promise((heard) => signal?.addEventListener('abort', heard, { once: true }))
          resolve()
          throw signal?.reason
        })
      })
      const answer = server.running.fetch('/v1/sessions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ username: account.name, password: goodPassword }),
        signal: caller.signal,
      })
      await expect(answer).rejects.toThrow('aborted')
      await gone
    }
    const body = { username: account.name, password: goodPassword }
    const last = await server.ask('POST', '/v1/sessions', { headers: { 'x-forwarded-for': newAddress() }, body })
    expect(last.status).toBe(429)
  })
})

describe('N-348 unknown callers of one IPv6 /48 that fill the queue of hashes', () => {
  const start = async () => {
    const own = await startRecordedServer({ flags: { 'hash-concurrency': '1', 'hash-queue': '2' }, alone: true })
    onTestFinished(() => own.close())
    await own.user('alice', 'owner')
    const logIn = (address: string, password = goodPassword, username = 'alice') =>
      own.ask('POST', '/v1/sessions', { headers: { 'x-forwarded-for': address }, body: { username, password } })
    const crowd = (size: number, round = 0) =>
      Array.from({ length: size }, (_, n) =>
        logIn(`2001:db8:1:${(round * size + n).toString(16)}::1`, 'wrong', `x${n}`),
      )
    return { own, logIn, crowd }
  }

  it('take no place from an address where the account is known', async () => {
    const { logIn, crowd } = await start()
    expect((await logIn('2001:db8:1::1')).status).toBe(201)
    const statuses: number[] = []
    for (let round = 0; round < 10; round++) {
      const strangers = crowd(40, round)
      statuses.push((await logIn('2001:db8:1::1')).status)
      const theirs = (await Promise.all(strangers)).map(({ status }) => status)
      expect(theirs).toContain(503)
    }
    expect(statuses).toEqual(Array(10).fill(201))
  })

  it('lock out no user who finds no place with the right password, however often', async () => {
    const { logIn, crowd } = await start()
    const statuses: number[] = []
    for (let round = 0; round < 12; round++) {
      const strangers = crowd(20, round)
      statuses.push((await logIn('192.0.2.1')).status)
      await Promise.all(strangers)
      if (statuses.at(-1) === 201) break
    }
    expect(statuses).not.toContain(429)
    expect((await logIn('192.0.2.1')).status).toBe(201)
  })
})

it('N-342 counters are collected minutes after they mean nothing, and known addresses stay known', async () => {
  const path = loginPaths.find(isUserPath) as LoginPath
  const account = await newAccount(server, path)
  await guess(server, path, account, account.secret, newAddress())
  const rows = () => server.sql('SELECT count(*) AS n FROM counters')[0]?.n
  for (let n = 0; n < 20; n++) {
    await guess(server, path, { ...account, name: `nobody-${n}` }, wrongSecret(path), `2001:db8:9:${n.toString(16)}::1`)
  }
  expect(rows()).toBeGreaterThan(40)
  server.time.advance(throttleLimits.windowSeconds + 1)
  const { store, clock } = server.running.authority
  await store.counters.collectGarbage(clock.latest())
  expect(rows()).toBe(1)
})
