import { callerOf, type Factor, totpCode, totpStepSeconds } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword, wrongPassword } from './people.ts'
import { from, here, openTestIssuer, type TestIssuer } from './test-issuer.ts'

const invalid = expect.objectContaining({ code: 'credentials_invalid' })
const login = (issuer: TestIssuer, password: string, circumstances = here) =>
  issuer.useCases.login.authenticate({ username: 'alice', password }, circumstances)
const hashOf = (issuer: TestIssuer) =>
  issuer.sql("select password_hash from users where username = 'alice'")[0]?.password_hash

describe('a stored password', () => {
  it('N-020 is an Argon2id hash with a salt of its own: one password, two hashes', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    await issuer.addUser({ username: 'bob' })
    const hashes = issuer.sql('select password_hash from users').map((row) => `${row.password_hash}`)
    for (const hash of hashes)
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=\d+,t=\d+,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(new Set(hashes.map((hash) => hash.split('$')[4])).size).toBe(2)
  })

  it('N-021 of older parameters logs in and is replaced once, and no session ends', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const session = await issuer.login()
    const old = hashOf(issuer)
    issuer.hasher.configure({ memoryKib: 128 })
    await login(issuer, goodPassword)
    const upgraded = hashOf(issuer)
    expect([`${old}`, `${upgraded}`]).toEqual([expect.stringContaining('m=64,'), expect.stringContaining('m=128,')])
    await login(issuer, goodPassword)
    expect(hashOf(issuer)).toBe(upgraded)
    expect(await issuer.accepts(session.accessToken.reveal())).toBe(true)
  })

  it('N-021 is not replaced by a wrong guess', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    issuer.hasher.configure({ memoryKib: 128 })
    await expect(login(issuer, wrongPassword)).rejects.toEqual(invalid)
    expect(`${hashOf(issuer)}`).toContain('m=64,')
  })

  it('N-022 counts to its last byte: past 72 bytes, past a NUL', async () => {
    await using issuer = await openTestIssuer()
    const long = `${'x'.repeat(72)}right`
    await issuer.addUser({ password: long })
    await expect(login(issuer, `${'x'.repeat(72)}wrong`)).rejects.toEqual(invalid)
    await expect(login(issuer, 'x'.repeat(72))).rejects.toEqual(invalid)
    await expect(login(issuer, long)).resolves.toBeDefined()
    // Such a password is refused today; one that was set before goes on working.
    await issuer.addUser({ username: 'nul' })
    const hash = await issuer.hasher.hash('before the\0right end')
    await issuer.change("update users set password_hash = ? where username = 'nul'", hash)
    const byNul = (password: string) => issuer.useCases.login.authenticate({ username: 'nul', password }, here)
    await expect(byNul('before the\0wrong end')).rejects.toEqual(invalid)
    await expect(byNul('before the')).rejects.toEqual(invalid)
    await expect(byNul('before the\0right end')).resolves.toBeDefined()
  })

  it('N-023 may be long, spaced, or in any script', async () => {
    for (const password of [
      'what nobody else would write down '.repeat(4),
      Array.from({ length: 90 }, (_, at) => `sheep ${at} `)
        .join('')
        .slice(0, 1024),
      '🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤🦆',
      `${'e\u0301'.repeat(5)} has accents on each`,
    ]) {
      await using issuer = await openTestIssuer()
      await issuer.addUser({ password })
      await expect(login(issuer, password)).resolves.toBeDefined()
    }
  })

  it('is not compared with what is longer than any: no hash, no guess counted', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const before = issuer.hasher.computed
    for (let i = 0; i < 10; i++) await expect(login(issuer, 'x'.repeat(1025))).rejects.toEqual(invalid)
    expect(issuer.hasher.computed).toBe(before)
    await expect(login(issuer, goodPassword)).resolves.toBeDefined()
  })

  it('is none that is too long, short or well known, at creation and at change', async () => {
    await using issuer = await openTestIssuer({ isCommonPassword: (it) => it === 'a well known password' })
    const unacceptable = (reason: string) => expect.objectContaining({ code: 'password_unacceptable', reason })
    const cases = [
      ['short', 'too_short'],
      ['A Well Known Password', 'well_known'],
      ['x'.repeat(1025), 'too_long'],
    ] as const
    await issuer.addUser()
    const session = await issuer.login()
    for (const [next, reason] of cases) {
      await expect(issuer.addUser({ username: 'bob', password: next })).rejects.toEqual(unacceptable(reason))
      const change = issuer.useCases.me.changePassword(
        { current: goodPassword, next },
        callerOf(session.authorization, here.context),
      )
      await expect(change).rejects.toEqual(unacceptable(reason))
    }
    await expect(login(issuer, goodPassword)).resolves.toBeDefined()
  })

  it('N-028 that was overwritten with excessive parameters or noise matches nothing and raises an alarm', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const real = `${hashOf(issuer)}`
    const monsters = [real.replace('m=64', 'm=4194304'), real.replace('t=1', 't=9999'), real.slice(0, -3), 'noise', '']
    for (const [at, hash] of monsters.entries()) {
      await issuer.change('update users set password_hash = ?', hash)
      await expect(login(issuer, goodPassword, from(`192.0.2.${at}`))).rejects.toEqual(invalid)
      await issuer.change('delete from counters')
    }
    expect(issuer.hasher.unreadable).toBe(4)
  })
})

describe('a password that can be typed in several forms', () => {
  const composed = 'caf\u00e9 r\u00f6ster na\u00efve'
  const forms = [composed, composed.normalize('NFD'), composed.replaceAll(' ', '\u00a0')]

  it('N-370 logs in however it is typed, whichever form it was set in', async () => {
    for (const set of forms) {
      await using issuer = await openTestIssuer()
      await issuer.addUser({ password: set })
      for (const typed of forms) await expect(login(issuer, typed)).resolves.toBeDefined()
    }
  })

  it('N-370 is changed, reset and shown again in any form', async () => {
    await using issuer = await openTestIssuer()
    const { id } = await issuer.addUser()
    const session = (await issuer.login()).authorization
    const { me, users, stepUp } = issuer.useCases
    await me.changePassword({ current: goodPassword, next: forms[1] ?? '' }, callerOf(session, here.context))
    await me.changePassword(
      { current: forms[2] ?? '', next: `${composed}!`.normalize('NFD') },
      callerOf(session, here.context),
    )
    await expect(stepUp.require({ password: `${composed}!` }, callerOf(session, here.context))).resolves.toBeDefined()
    await users.reset({ id, password: forms[1] ?? '' }, here)
    await expect(login(issuer, composed)).resolves.toBeDefined()
  })

  it('N-371 of an old hash logs in as it was sent, and from then on in every form', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const decomposed = composed.normalize('NFD')
    const old = await issuer.hasher.hash(decomposed)
    await issuer.change('update users set password_hash = ?', old)
    await expect(login(issuer, composed)).rejects.toEqual(invalid)
    expect(hashOf(issuer)).toBe(old)
    await expect(login(issuer, decomposed)).resolves.toBeDefined()
    expect(hashOf(issuer)).not.toBe(old)
    for (const typed of forms) await expect(login(issuer, typed)).resolves.toBeDefined()
  })

  it('N-371 of an old hash can be replaced by who knows it', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const session = (await issuer.login()).authorization
    await issuer.change('update users set password_hash = ?', await issuer.hasher.hash('tabs\tthat were permitted'))
    const shown = { current: 'tabs\tthat were permitted', next: composed }
    await expect(issuer.useCases.me.changePassword(shown, callerOf(session, here.context))).resolves.toBeUndefined()
    await expect(login(issuer, composed)).resolves.toBeDefined()
  })

  it('that would be refused today can be combined with a code, but cannot become the only factor again', async () => {
    await using issuer = await openTestIssuer()
    const { id } = await issuer.addUser()
    const session = (await issuer.login()).authorization
    const password = 'aaaaaaaaaaaaaaaa'
    await issuer.change('update users set password_hash = ?', await issuer.hasher.hash(password))
    const secret = await issuer.useCases.totp.setUp(id, here)
    const choose = (required: readonly Factor[]) => {
      const code = totpCode(secret, Math.floor(issuer.clock.now() / totpStepSeconds))
      return issuer.useCases.me.chooseFactors({ required, shown: { password, code } }, callerOf(session, here.context))
    }
    await expect(choose(['password', 'totp'])).resolves.toBeUndefined()
    issuer.clock.advance(totpStepSeconds)
    const unacceptable = expect.objectContaining({ code: 'password_unacceptable', reason: 'sequence' })
    await expect(choose(['password'])).rejects.toEqual(unacceptable)
  })

  it('N-371 costs the same for a known user and an unknown one', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const costs: number[] = []
    for (const username of ['alice', 'nobody', 'no  name']) {
      const before = issuer.hasher.computed
      const guess = issuer.useCases.login.authenticate({ username, password: forms[1] }, here)
      await expect(guess).rejects.toEqual(invalid)
      costs.push(issuer.hasher.computed - before)
    }
    expect(costs).toEqual([2, 2, 2])
  })
})

describe('many logins at once', () => {
  it('queue for a hash up to a bound; the rest are refused with a time to retry, and the bound is free again after', async () => {
    await using issuer = await openTestIssuer()
    for (let i = 0; i < 40; i++) await issuer.addUser({ username: `user${i}` })
    issuer.hasher.configure({ concurrency: 2, queue: 8 })
    const attempts = Array.from({ length: 40 }, (_, i) =>
      issuer.login(`user${i}`, undefined, goodPassword, from(`192.0.2.${i}`)),
    )
    const codes = (await Promise.allSettled(attempts)).map((it) => (it.status === 'rejected' ? it.reason.code : 'in'))
    expect(codes.filter((code) => code === 'in').length).toBeGreaterThanOrEqual(10)
    expect(codes.filter((code) => code === 'overloaded').length).toBe(40 - codes.filter((code) => code === 'in').length)
    await expect(issuer.login('user0', undefined, goodPassword, from('192.0.2.200'))).resolves.toBeDefined()
  })

  it('run no hash for a caller that disconnected while waiting', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    await issuer.addUser({ username: 'bob' })
    issuer.hasher.configure({ concurrency: 1 })
    const before = issuer.hasher.computed
    const gone = new AbortController()
    const first = login(issuer, goodPassword)
    const second = issuer.useCases.login.authenticate(
      { username: 'bob', password: goodPassword },
      { context: { ...from('192.0.2.2').context, signal: gone.signal } },
    )
    gone.abort()
    await expect(second).rejects.toBe(gone.signal.reason)
    await first
    expect(issuer.hasher.computed - before).toBe(1)
  })
})

describe('changing a password', () => {
  const next = 'another long and honest password'

  async function withSession() {
    const issuer = await openTestIssuer()
    await issuer.addUser()
    const session = (await issuer.login()).authorization
    const change = (current: string, to = next) =>
      issuer.useCases.me.changePassword({ current, next: to }, callerOf(session, here.context))
    return { issuer, session, change }
  }

  it('makes the new one valid and the old one invalid', async () => {
    const { issuer, change } = await withSession()
    await using _ = issuer
    await change(goodPassword)
    await expect(login(issuer, next)).resolves.toBeDefined()
    await expect(login(issuer, goodPassword)).rejects.toEqual(invalid)
    const trail = await issuer.store.audit.list({ limit: 10 })
    expect(trail.map((entry) => entry.action)).toContain('password_changed')
  })

  it('with a wrong current one is a guess like any other, on the same counter as logins', async () => {
    const { issuer, change } = await withSession()
    await using _ = issuer
    for (let i = 0; i < 3; i++) await expect(change(wrongPassword)).rejects.toEqual(invalid)
    for (let i = 0; i < 2; i++) await expect(login(issuer, wrongPassword)).rejects.toEqual(invalid)
    const throttled = expect.objectContaining({ code: 'throttled' })
    await expect(change(goodPassword)).rejects.toEqual(throttled)
    await expect(login(issuer, goodPassword)).rejects.toEqual(throttled)
  })

  it('is refused to clients', async () => {
    const { issuer } = await withSession()
    await using _ = issuer
    const { client } = await issuer.addClient()
    const { authorization } = await issuer.machineToken(client)
    const change = issuer.useCases.me.changePassword(
      { current: goodPassword, next },
      callerOf(authorization, here.context),
    )
    await expect(change).rejects.toEqual(expect.objectContaining({ code: 'token_invalid' }))
  })

  it('twice at once succeeds once: the one who came second showed a password that is no longer current', async () => {
    const { issuer, change } = await withSession()
    await using _ = issuer
    const both = await Promise.allSettled([change(goodPassword, `${next} A`), change(goodPassword, `${next} B`)])
    expect(both.filter((it) => it.status === 'fulfilled').length).toBe(1)
    expect(issuer.sql('select sessions_epoch from users')).toEqual([{ sessions_epoch: 1 }])
  })
})
