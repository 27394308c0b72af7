import { describe, expect, it } from 'vitest'
import { MemoryCounters, type SimulatedGuess } from '../testing/memory-counters.ts'
import { limits, unlocked } from './backoff.ts'
import { accountKey } from './guess-counters.ts'
import { limitsReached } from './reservation.ts'

const now = 1_800_000_000
const alice = 'user:alice'
const home = '2001:db8:aaaa::1'

/** An address that shares no prefix with another. */
const elsewhere = (n: number): string => `198.51.${n >> 8}.${n & 255}`

/** Which limit refused a guess; `judged` if none did. */
const outcome = (counters: MemoryCounters, guess: SimulatedGuess, at = now): string => {
  const decision = counters.reserve(guess, at)
  return 'counted' in decision ? 'judged' : decision.limit
}

function logIn(counters: MemoryCounters, guess: SimulatedGuess, at = now): void {
  const decision = counters.reserve(guess, at)
  if (!('counted' in decision)) throw new Error(`refused by ${decision.limit}`)
  counters.succeed(decision, at)
}

const times = <T>(count: number, of: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => of(n))

describe('guesses from one IPv6 network', () => {
  it('end at the limit of the /56, whatever /64 they come from and whatever account they are for', () => {
    const counters = new MemoryCounters()
    const from = (n: number) => ({
      account: `user:${n}`,
      address: `2001:db8:1:2${(n & 255).toString(16).padStart(2, '0')}::1`,
    })
    expect(new Set(times(limits.site, (n) => outcome(counters, from(n))))).toEqual(new Set(['judged']))
    expect(outcome(counters, from(limits.site))).toBe('prefix')
    expect(outcome(counters, from(limits.site), now + limits.windowSeconds)).toBe('judged')
  })

  it('end at the limit of the /48, whatever /56 they come from', () => {
    const counters = new MemoryCounters()
    const from = (n: number) => ({ account: `user:${n}`, address: `2001:db8:1:${(n & 0xffff).toString(16)}::1` })
    // Every 256th is of the next /56.
    const spread = (n: number) => from((n * 256 + Math.floor(n / 256)) & 0xffff)
    expect(new Set(times(limits.network, (n) => outcome(counters, { ...spread(n), account: `user:${n}` })))).toEqual(
      new Set(['judged']),
    )
    expect(outcome(counters, { account: 'user:x', address: '2001:db8:1:ffff::9' })).toBe('prefix')
    expect(outcome(counters, { account: 'user:x', address: '2001:db8:2::9' })).toBe('judged')
  })

  it('delay no account that is known there', () => {
    const counters = new MemoryCounters()
    logIn(counters, { account: alice, address: '2001:db8:1:1::1' })
    const neighbour = (n: number) => ({ account: `user:${n}`, address: `2001:db8:1:${(n + 2).toString(16)}::1` })
    for (let n = 0; n < limits.network; n++) outcome(counters, neighbour(n))
    expect(outcome(counters, { account: 'user:bob', address: '2001:db8:1:1::1' })).toBe('prefix')
    expect(outcome(counters, { account: alice, address: '2001:db8:1:1::1' })).toBe('judged')
  })

  it('leave no row behind that lives longer than what it counts', () => {
    const counters = new MemoryCounters()
    for (let n = 0; n < 1000; n++)
      outcome(counters, { account: `user:${n}`, address: `2001:db8:1:${n.toString(16)}::1` })
    expect(counters.live(now)).toBeGreaterThan(1000)
    expect(counters.live(now + limits.windowSeconds + 1)).toBe(0)
  })
})

describe('a guess that was not judged', () => {
  it.each([
    ['a password from a stranger', { account: alice, address: home }],
    ['a code from a stranger', { account: alice, address: home, codeAlone: true }],
    ['a password from an IPv4 address', { account: alice, address: '192.0.2.1' }],
  ])('is taken back from every counter: %s', (_, guess) => {
    const counters = new MemoryCounters()
    for (let i = 0; i < 2000; i++) {
      const decision = counters.reserve(guess, now)
      if (!('counted' in decision)) throw new Error(`refused by ${decision.limit}`)
      counters.refund(decision)
    }
    expect(counters.live(now)).toBe(0)
  })

  it('is taken back from a known address, which stays known', () => {
    const counters = new MemoryCounters()
    logIn(counters, { account: alice, address: home })
    for (let i = 0; i < 20; i++) {
      const decision = counters.reserve({ account: alice, address: home, codeAlone: true }, now)
      if (!('counted' in decision)) throw new Error(`refused by ${decision.limit}`)
      counters.refund(decision)
    }
    expect(counters.reserve({ account: alice, address: home }, now)).toMatchObject({ known: true })
    expect(counters.live(now + limits.codes * limits.codeForgottenSeconds)).toBe(1)
  })
})

describe('codes without a password', () => {
  /** Unknown callers have guessed until no code is judged; the time when that is so. */
  const full = () => {
    const counters = new MemoryCounters()
    let at = now
    for (
      let n = 0;
      outcome(counters, { account: alice, address: elsewhere(n), codeAlone: true }, at) !== 'codes';
      n++
    ) {
      at += limits.longestBlockSeconds
    }
    return { counters, at }
  }

  it('are judged no more at the limit of unknown callers, and a success resets nothing of it', () => {
    const { counters, at } = full()
    logIn(counters, { account: alice, address: home }, at)
    expect(outcome(counters, { account: alice, address: elsewhere(9999), codeAlone: true }, at)).toBe('codes')
  })

  it('leave passwords alone: those have no million values', () => {
    const { counters, at } = full()
    expect(outcome(counters, { account: alice, address: elsewhere(9999) }, at)).toBe('judged')
  })

  it('have a limit of their own at a known address, which unknown callers cannot reach', () => {
    const { counters, at } = full()
    logIn(counters, { account: alice, address: home }, at)
    expect(outcome(counters, { account: alice, address: home, codeAlone: true }, at)).toBe('judged')
    let late = at
    let judged = 1
    for (; judged <= limits.codes; judged++) {
      late += limits.longestBlockSeconds
      if (outcome(counters, { account: alice, address: home, codeAlone: true }, late) !== 'judged') break
    }
    expect(judged).toBeLessThanOrEqual(limits.codes + Math.ceil((late - at) / limits.codeForgottenSeconds))
  })
})

describe('suspended delays', () => {
  const suspendedFor = (seconds: number) => {
    const counters = new MemoryCounters()
    for (let n = 0; n < 5; n++) outcome(counters, { account: alice, address: elsewhere(n) })
    counters.set(accountKey(alice), unlocked(now, seconds))
    return counters
  }

  it('let an unknown caller’s guess be judged however many others came before, until the time is over', () => {
    const counters = suspendedFor(600)
    const codeOf = (n: number) => outcome(counters, { account: alice, address: elsewhere(n) }, now + 599)
    expect(new Set(times(500, codeOf))).toEqual(new Set(['judged']))
    const after = times(6, (n) => outcome(counters, { account: alice, address: elsewhere(n) }, now + 600))
    expect(after).toEqual(['judged', 'judged', 'judged', 'judged', 'judged', 'account'])
  })

  it('are no limit less for an address', () => {
    const counters = suspendedFor(600)
    const guesses = times(limits.address + 1, () => outcome(counters, { account: alice, address: home }))
    expect(guesses.at(-1)).toBe('address')
  })

  it('are no limit less for codes', () => {
    const counters = suspendedFor(3600)
    const guesses = times(limits.codes + 1, (n) =>
      outcome(counters, { account: alice, address: elsewhere(n), codeAlone: true }),
    )
    expect(guesses.indexOf('codes')).toBe(limits.codes)
  })
})

describe('the limits that a wrong guess reaches', () => {
  const reachedBy = (counters: MemoryCounters, guess: SimulatedGuess) => {
    const decision = counters.reserve(guess, now)
    return 'counted' in decision ? limitsReached(decision, now) : []
  }

  it('are none before the last one, and then the one', () => {
    const counters = new MemoryCounters()
    const reached = times(5, (n) => reachedBy(counters, { account: alice, address: elsewhere(n) }))
    expect(reached).toEqual([[], [], [], [], ['account']])
  })

  it('are distinguished', () => {
    const counters = new MemoryCounters()
    logIn(counters, { account: alice, address: home })
    const reached = times(5, () => reachedBy(counters, { account: alice, address: home }))
    expect(reached.at(-1)).toEqual(['known'])
    const spray = times(100, (n) => reachedBy(counters, { account: `user:${n}`, address: '192.0.2.9' }))
    expect(spray.flat()).toEqual(['address'])
  })
})
