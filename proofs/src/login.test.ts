import {
  createUseCases,
  localCaller,
  nativeSessionPolicy,
  throttleLimits,
  totpCode,
  totpStepSeconds,
} from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword, wrongPassword } from './people.ts'
import { from, here, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

const invalid = expect.objectContaining({ code: 'credentials_invalid' })
const throttled = expect.objectContaining({ code: 'throttled' })

const administrator = here

const guess = (issuer: TestIssuer, username: string, password: string, address = '192.0.2.1') =>
  issuer.useCases.login.authenticate({ username, password }, from(address))

/** How many hashes this cost. */
async function hashesOf(issuer: TestIssuer, work: () => Promise<unknown>): Promise<number> {
  const before = issuer.hasher.computed
  await work()
  return issuer.hasher.computed - before
}

async function withAlice() {
  const issuer = await openTestIssuer()
  await issuer.addUser()
  return issuer
}

async function fiveWrong(issuer: TestIssuer, username = 'alice', address = '192.0.2.1') {
  for (let i = 0; i < 5; i++) await expect(guess(issuer, username, wrongPassword, address)).rejects.toEqual(invalid)
}

describe('guessing a password', () => {
  it('is refused from the sixth time on, without a hash', async () => {
    await using issuer = await withAlice()
    await fiveWrong(issuer)
    const hashes = await hashesOf(issuer, async () => {
      await expect(guess(issuer, 'alice', wrongPassword)).rejects.toEqual(throttled)
    })
    expect(hashes).toBe(0)
  })

  it('is admitted once after 30 s, then after twice as long each time, up to 15 min', async () => {
    await using issuer = await withAlice()
    await fiveWrong(issuer)
    for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
      await expect(guess(issuer, 'alice', wrongPassword)).rejects.toMatchObject({
        code: 'throttled',
        retryAfterSeconds: seconds,
      })
      issuer.clock.advance(seconds - 1)
      await expect(guess(issuer, 'alice', wrongPassword)).rejects.toMatchObject({
        code: 'throttled',
        retryAfterSeconds: 1,
      })
      issuer.clock.advance(1)
      await expect(guess(issuer, 'alice', wrongPassword)).rejects.toEqual(invalid)
    }
  })

  it('is refused the same way with the right password', async () => {
    await using issuer = await withAlice()
    await fiveWrong(issuer)
    const answers = await Promise.allSettled([
      guess(issuer, 'alice', wrongPassword),
      guess(issuer, 'alice', goodPassword),
    ])
    const [wrong, right] = answers.map((it) => it.status === 'rejected' && { ...it.reason, message: it.reason.message })
    expect(right).toEqual(wrong)
    expect(right).toMatchObject({ code: 'throttled', retryAfterSeconds: 30 })
  })

  it('of many names from one address ends at the limit of the address', async () => {
    await using issuer = await withAlice()
    const hashes = await hashesOf(issuer, async () => {
      for (let i = 0; i < throttleLimits.address; i++)
        await expect(guess(issuer, `user${i}`, wrongPassword)).rejects.toEqual(invalid)
      await expect(guess(issuer, 'user100', wrongPassword)).rejects.toEqual(throttled)
      await expect(guess(issuer, 'alice', goodPassword)).rejects.toEqual(throttled)
    })
    expect(hashes).toBe(throttleLimits.address)
    await expect(guess(issuer, 'alice', goodPassword, '192.0.2.2')).resolves.toBeDefined()
  })

  it('counts a whole IPv6 /64 as one address', async () => {
    await using issuer = await withAlice()
    const attempts = Array.from({ length: 150 }, (_, i) =>
      guess(issuer, `user${i}`, wrongPassword, `2001:db8:1:2::${i.toString(16)}`),
    )
    const codes = (await Promise.allSettled(attempts)).map((it) => it.status === 'rejected' && it.reason.code)
    expect(codes.filter((code) => code === 'credentials_invalid').length).toBe(throttleLimits.address)
  })

  it('N-341 of many names from one IPv6 /48 ends at its limit, except for accounts that are known there', async () => {
    await using issuer = await withAlice()
    await guess(issuer, 'alice', goodPassword, '2001:db8:1:ffff::1')
    const hashes = await hashesOf(issuer, async () => {
      for (let i = 0; i < throttleLimits.network + 10; i++) {
        const address = `2001:db8:1:${(i * 32).toString(16)}::1`
        await guess(issuer, `user${i}`, wrongPassword, address).catch(() => {})
      }
    })
    expect(hashes).toBe(throttleLimits.network)
    await expect(guess(issuer, 'alice', goodPassword, '2001:db8:1:fffe::1')).rejects.toEqual(throttled)
    await expect(guess(issuer, 'alice', goodPassword, '2001:db8:2::1')).resolves.toBeDefined()
    await expect(guess(issuer, 'alice', goodPassword, '2001:db8:1:ffff::1')).resolves.toBeDefined()
    // Each of 1,600 guesses waits for two commits.
  }, 90_000)

  it('of one name from 1,000 addresses is counted together', async () => {
    await using issuer = await withAlice()
    const hashes = await hashesOf(issuer, async () => {
      for (let i = 0; i < 1000; i++) {
        await expect(guess(issuer, 'alice', wrongPassword, `127.0.${i >> 8}.${i & 255}`)).rejects.toBeDefined()
      }
    })
    expect(hashes).toBe(throttleLimits.account)
  })

  it('is not made cheaper by logging in as another user in between', async () => {
    await using issuer = await withAlice()
    await issuer.addUser({ username: 'bob' })
    for (let i = 0; i < 5; i++) {
      await expect(guess(issuer, 'bob', wrongPassword)).rejects.toEqual(invalid)
      await expect(guess(issuer, 'alice', goodPassword)).resolves.toBeDefined()
    }
    await expect(guess(issuer, 'bob', goodPassword)).rejects.toEqual(throttled)
    for (let i = 0; i < 94; i++) {
      await expect(guess(issuer, `user${i}`, wrongPassword)).rejects.toEqual(invalid)
      await guess(issuer, 'alice', goodPassword)
    }
    await expect(guess(issuer, 'user94', wrongPassword)).rejects.toEqual(invalid)
    await expect(guess(issuer, 'alice', goodPassword)).rejects.toEqual(throttled)
  })

  it('in different spellings of one name is counted together', async () => {
    await using issuer = await withAlice()
    for (const name of ['ALICE', 'Alice', 'alice ', ' alice', 'ａｌｉｃｅ']) {
      await expect(guess(issuer, name, wrongPassword)).rejects.toEqual(invalid)
    }
    await expect(guess(issuer, 'alice', goodPassword)).rejects.toEqual(throttled)
  })

  it('only the name itself logs in, in any case and width', async () => {
    await using issuer = await withAlice()
    for (const name of ['alice ', ' alice', 'аlice', 'alice\0', 'al%69ce', 'alice\n']) {
      await expect(guess(issuer, name, goodPassword)).rejects.toEqual(invalid)
    }
    for (const name of ['ALICE', 'ａｌｉｃｅ'])
      expect((await guess(issuer, name, goodPassword)).user.username).toBe('alice')
  })

  it('200 times at once with wrong passwords computes at most five hashes', async () => {
    await using issuer = await withAlice()
    let codes: unknown[] = []
    const hashes = await hashesOf(issuer, async () => {
      const attempts = Array.from({ length: 200 }, (_, i) => guess(issuer, 'alice', `${wrongPassword} ${i}`))
      codes = (await Promise.allSettled(attempts)).map((it) => it.status === 'rejected' && it.reason.code)
    })
    expect(hashes).toBe(5)
    expect(codes.filter((code) => code === 'credentials_invalid').length).toBe(5)
    expect(codes.filter((code) => code === 'throttled').length).toBe(195)
  })

  it('200 times at once over two processes computes at most five hashes', async () => {
    await using issuer = await withAlice()
    await using other = await issuer.another()
    const hashes = await hashesOf(issuer, () =>
      Promise.allSettled(
        Array.from({ length: 200 }, (_, i) => {
          const { login } = i % 2 === 0 ? issuer.useCases : other
          return login.authenticate({ username: 'alice', password: wrongPassword }, here)
        }),
      ),
    )
    expect(hashes).toBe(5)
  })

  it('50 correct logins at once all succeed', async () => {
    await using issuer = await withAlice()
    const sets = await Promise.all(Array.from({ length: 50 }, () => issuer.login()))
    expect(new Set(sets.map((set) => set.authorization.id)).size).toBe(50)
    await expect(guess(issuer, 'alice', goodPassword)).resolves.toBeDefined()
  })

  it('correct logins at once succeed beside a few wrong ones, which are counted', async () => {
    await using issuer = await withAlice()
    await issuer.login()
    const attempts = Array.from({ length: 40 }, (_, i) =>
      guess(issuer, 'alice', i % 20 === 0 ? wrongPassword : goodPassword),
    )
    const codes = (await Promise.allSettled(attempts)).map((it) => (it.status === 'rejected' ? it.reason.code : 'in'))
    expect(codes.filter((code) => code === 'in').length).toBe(38)
    expect(codes.filter((code) => code === 'credentials_invalid').length).toBe(2)
  })

  it('is counted across restarts', async () => {
    await using issuer = await withAlice()
    for (let i = 0; i < 4; i++) await expect(guess(issuer, 'alice', wrongPassword)).rejects.toEqual(invalid)
    await issuer.restart()
    await expect(guess(issuer, 'alice', wrongPassword)).rejects.toEqual(invalid)
    await issuer.restart()
    await expect(guess(issuer, 'alice', goodPassword)).rejects.toEqual(throttled)
  })

  it('by an unknown caller does not lock out a user who logged in from elsewhere before', async () => {
    await using issuer = await withAlice()
    await guess(issuer, 'alice', goodPassword, '198.51.100.7')
    await fiveWrong(issuer, 'alice', '203.0.113.9')
    await expect(guess(issuer, 'alice', goodPassword, '203.0.113.9')).rejects.toEqual(throttled)
    await expect(guess(issuer, 'alice', goodPassword, '198.51.100.7')).resolves.toBeDefined()
    await expect(guess(issuer, 'alice', goodPassword, '203.0.113.9')).rejects.toEqual(throttled)
  })

  it('from a known address has its own limit, which is no more generous', async () => {
    await using issuer = await withAlice()
    await guess(issuer, 'alice', goodPassword)
    await fiveWrong(issuer)
    await expect(guess(issuer, 'alice', goodPassword)).rejects.toEqual(throttled)
  })

  it('is forgotten by a command of the administrator, with an audit row', async () => {
    await using issuer = await withAlice()
    await fiveWrong(issuer)
    await issuer.useCases.users.getByName('Alice').then((user) => issuer.useCases.users.unlock({ user }, localCaller))
    await expect(guess(issuer, 'alice', goodPassword)).resolves.toBeDefined()
    expect((await issuer.store.audit.list({ limit: 1 }))[0]).toMatchObject({ action: 'account_unlocked' })
    const missing = expect.objectContaining({ code: 'not_found' })
    await expect(
      issuer.useCases.users.getByName('nobody').then((user) => issuer.useCases.users.unlock({ user }, localCaller)),
    ).rejects.toEqual(missing)
  })

  it('is forgotten for every address, also for those where the user is known, and only if it came before', async () => {
    await using issuer = await withAlice()
    await guess(issuer, 'alice', goodPassword)
    await fiveWrong(issuer)
    await fiveWrong(issuer, 'alice', '203.0.113.9')
    issuer.clock.advance(1)
    await issuer.useCases.users.getByName('alice').then((user) => issuer.useCases.users.unlock({ user }, localCaller))
    for (const address of ['192.0.2.1', '203.0.113.9']) {
      await fiveWrong(issuer, 'alice', address)
      await expect(guess(issuer, 'alice', goodPassword, address)).rejects.toEqual(throttled)
    }
  })

  it('continues, and locks no account out at an address that an administrator made known', async () => {
    await using issuer = await withAlice()
    await fiveWrong(issuer, 'alice', '203.0.113.9')
    const home = '2001:db8:7::1'
    await expect(guess(issuer, 'alice', goodPassword, home)).rejects.toEqual(throttled)
    await issuer.useCases.users
      .getByName('alice')
      .then((user) => issuer.useCases.users.unlock({ user, knownAddress: home }, localCaller))
    // Unknown callers use up every guess that is open to them.
    await expect(guess(issuer, 'alice', wrongPassword, '203.0.113.9')).rejects.toEqual(throttled)
    await expect(guess(issuer, 'alice', goodPassword, '2001:db8:7::ffff')).resolves.toBeDefined()
    await expect(guess(issuer, 'alice', goodPassword, '203.0.113.9')).rejects.toEqual(throttled)
    const [event] = await issuer.store.audit.list({ limit: 1 })
    expect(event).toMatchObject({ action: 'account_unlocked', detail: { known: '2001:db8:7:0::/64' } })
  })

  it('causes no delay while an administrator has suspended the delays, and causes them again after that', async () => {
    await using issuer = await withAlice()
    await fiveWrong(issuer, 'alice', '203.0.113.9')
    await issuer.useCases.users
      .getByName('alice')
      .then((user) => issuer.useCases.users.unlock({ user, suspendedSeconds: 600 }, localCaller))
    for (let i = 0; i < 50; i++) {
      await expect(guess(issuer, 'alice', wrongPassword, `203.0.113.${i}`)).rejects.toEqual(invalid)
    }
    await expect(guess(issuer, 'alice', goodPassword, '198.51.100.1')).resolves.toBeDefined()
    issuer.clock.advance(600)
    await fiveWrong(issuer, 'alice', '203.0.113.9')
    await expect(guess(issuer, 'alice', goodPassword, '203.0.113.9')).rejects.toEqual(throttled)
    const [unlocked] = await issuer.store.audit.list({ filter: { action: 'account_unlocked' }, limit: 1 })
    expect(unlocked).toMatchObject({ detail: { suspendedSeconds: 600 } })
  })

  it('is recorded in the audit trail with the account, if it exists, and the address; once in 15 minutes', async () => {
    await using issuer = await withAlice()
    const { id } = (await issuer.store.users.findByName('alice')) ?? {}
    const subject = { kind: 'user', id }
    await fiveWrong(issuer)
    await fiveWrong(issuer, 'hunter2 is my password', '203.0.113.9')
    await fiveWrong(issuer, 'or is it hunter3', '203.0.113.9')
    const at = issuer.clock.now()
    const told = async () =>
      (await issuer.store.audit.list({ filter: { from: at }, limit: 99 }))
        .filter(({ action }) => ['login_failed', 'account_locked'].includes(action))
        .map(({ action, subject, address, detail }) => ({ action, subject, address, ...detail }))
        .reverse()
    expect(await told()).toEqual([
      { action: 'login_failed', subject, address: '192.0.2.1' },
      { action: 'account_locked', subject, address: '192.0.2.1', limit: 'account' },
      { action: 'login_failed', subject: undefined, address: '203.0.113.9' },
      { action: 'account_locked', subject: undefined, address: '203.0.113.9', limit: 'account' },
    ])
    issuer.clock.advance(900)
    await issuer.store.audit.settle(issuer.clock.latest())
    const counted = (await told()).slice(4)
    expect(new Set(counted)).toEqual(
      new Set([
        { action: 'login_failed', subject, address: '192.0.2.1', count: 4, since: at },
        { action: 'login_failed', subject: undefined, address: '203.0.113.9', count: 9, since: at },
        { action: 'account_locked', subject: undefined, address: '203.0.113.9', count: 1, since: at },
      ]),
    )
    expect(counted).toHaveLength(3)
    expect(JSON.stringify(issuer.sql('select * from audit, audit_tallies'))).not.toContain('hunter')
  })

  it('is recorded once for a whole IPv6 /64, and for a /48 where no such name exists', async () => {
    await using issuer = await withAlice()
    const failures = () => issuer.store.audit.list({ filter: { action: 'login_failed' }, limit: 99 })
    for (const address of ['2001:db8:7::1', '2001:db8:7::2', '2001:db8:7:1::1']) {
      await expect(guess(issuer, 'nobody', wrongPassword, address)).rejects.toEqual(invalid)
    }
    expect(await failures()).toHaveLength(1)
    for (const address of ['2001:db8:8::1', '2001:db8:8::2', '2001:db8:8:1::1']) {
      await expect(guess(issuer, 'alice', wrongPassword, address)).rejects.toEqual(invalid)
    }
    expect(await failures()).toHaveLength(3)
  })

  it('N-562 counts although the trail cannot be written, and nothing is admitted for it', async () => {
    await using issuer = await withAlice()
    using _fault = issuer.refuse({ on: 'insert', table: 'audit' })
    for (let i = 0; i < 5; i++) {
      await expect(guess(issuer, 'alice', wrongPassword)).rejects.toMatchObject({ name: 'StoreError' })
    }
    await expect(guess(issuer, 'alice', goodPassword)).rejects.toEqual(throttled)
  })

  it('leaves no name in the counters: users type passwords there', async () => {
    await using issuer = await withAlice()
    await expect(guess(issuer, 'my secret password!', 'x')).rejects.toEqual(invalid)
    const stored = JSON.stringify(issuer.sql('select * from counters'))
    expect(stored).not.toContain('secret')
    expect(stored).toMatch(/"key":"[\w-]{43}"/)
  })
})

describe('I9 unknown and wrong', () => {
  /** What can be seen from outside: the error's public half, and the work that was done. */
  async function observed(issuer: TestIssuer, username: string, password: string, address: string) {
    const before = { ...issuer.store.statistics(), hashes: issuer.hasher.computed }
    const error = await guess(issuer, username, password, address).catch((reason) => reason)
    const after = issuer.store.statistics()
    return {
      error: { ...error, message: error.message, keys: Object.keys(error), cause: error.cause },
      reads: after.reads - before.reads,
      writes: after.writes - before.writes,
      hashes: issuer.hasher.computed - before.hashes,
    }
  }

  it('are one answer and the same work: unknown, wrong, disabled, without password, differently secured', async () => {
    await using issuer = await withAlice()
    const disabled = await issuer.addUser({ username: 'disabled' })
    await issuer.change('update users set disabled_at = 1, version = version + 1 where id = ?', disabled.id)
    const hashless = await issuer.addUser({ username: 'hashless' })
    await issuer.change('update users set password_hash = null where id = ?', hashless.id)
    await issuer.addUser({ username: 'careful', requiredFactors: ['password', 'totp'] })
    await issuer.addUser({ username: 'codes', requiredFactors: ['totp'] })
    const cases = [
      ['alice', wrongPassword],
      ['nobody', goodPassword],
      ['not a name!', goodPassword],
      ['', goodPassword],
    ] as const
    const others = [
      ['disabled', goodPassword],
      ['hashless', goodPassword],
      ['careful', goodPassword],
      ['codes', goodPassword],
    ] as const
    const all = [...cases, ...others]
    const seen = []
    for (const [at, [name, password]] of all.entries())
      seen.push(await observed(issuer, name, password, `192.0.2.${at}`))
    for (const it of seen) expect(it).toEqual(seen[0])
    expect(seen[0]).toMatchObject({ error: { code: 'credentials_invalid' }, hashes: 1 })
  })

  it('are throttled alike', async () => {
    await using issuer = await withAlice()
    const answers = []
    for (const [name, address] of [
      ['alice', '192.0.2.1'],
      ['nobody', '192.0.2.2'],
      ['not a name!', '192.0.2.3'],
    ] as const) {
      await fiveWrong(issuer, name, address)
      answers.push(await observed(issuer, name, wrongPassword, address))
    }
    for (const it of answers) expect(it).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ error: { code: 'throttled', retryAfterSeconds: 30 }, hashes: 0 })
  })

  it('N-277 a user who must show a code too does not get in by password alone', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser({ requiredFactors: ['password', 'totp'] })
    await expect(guess(issuer, 'alice', goodPassword)).rejects.toEqual(invalid)
    await expect(guess(issuer, 'alice', goodPassword)).rejects.toEqual(invalid)
    expect(issuer.sql('select max(failures) as failures from counters')).toEqual([{ failures: 2 }])
  })

  it('I3 a login that a change of password overtakes opens no session, also where a code is shown after the password', async () => {
    await using issuer = await openTestIssuer()
    const user = await issuer.addUser({ requiredFactors: ['password', 'totp'] })
    const secret = await issuer.useCases.totp.setUp(user.id, here)
    const code = totpCode(secret, Math.floor(issuer.clock.now() / totpStepSeconds))
    const { store } = issuer
    // The moment between the two: the password was right, the code is about to be looked at.
    const overtaking = {
      ...store.enrolments,
      find: async (userId: string) => {
        await issuer.useCases.users.reset({ id: user.id, password: 'another long and honest password' }, administrator)
        return store.enrolments.find(userId)
      },
    }
    const { login, sessions } = createUseCases({ ...issuer.domain, store: { ...store, enrolments: overtaking } })
    const who = await login.authenticate({ username: 'alice', password: goodPassword, code }, here)
    await expect(sessions.open({ who, policy: nativeSessionPolicy }, here)).rejects.toEqual(invalid)
  })

  it('a first code of a new secret ends the sessions of the old one, and not the one that it opens', async () => {
    await using issuer = await openTestIssuer()
    const user = await issuer.addUser({ requiredFactors: ['totp'] })
    const codeOf = (secret: Uint8Array) => totpCode(secret, Math.floor(issuer.clock.now() / totpStepSeconds))
    const logIn = async (code: string) => {
      const who = await issuer.useCases.login.authenticate({ username: 'alice', code }, here)
      return issuer.useCases.sessions.open({ who, policy: nativeSessionPolicy }, here)
    }
    const old = await logIn(codeOf(await issuer.useCases.totp.setUp(user.id, here)))
    const next = await logIn(codeOf(await issuer.useCases.totp.setUp(user.id, here)))
    const accepted = [old, next].map(({ accessToken }) => issuer.accepts(reveal(accessToken)))
    expect(await Promise.all(accepted)).toEqual([false, true])
  })
})
