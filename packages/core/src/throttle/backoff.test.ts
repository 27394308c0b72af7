import { describe, expect, it } from 'vitest'
import type { Counter } from '../ports/counters.ts'
import {
  accountBlockedFor,
  accountGuess,
  addressBlockedFor,
  addressGuess,
  addressRefund,
  isKnown,
  knownAfterSuccess,
  limits,
  pardoned,
  unlocked,
} from './backoff.ts'

const now = 1_800_000_000

/** Guesses as soon as each is admitted; the seconds that were waited before each. */
function waits(guesses: number): number[] {
  let counter: Counter | undefined
  let at = now
  return Array.from({ length: guesses }, () => {
    const wait = accountBlockedFor(counter, at)
    at += wait
    counter = accountGuess(counter, at)
    return wait
  })
}

describe('the counter of an account', () => {
  it('N-001 admits five guesses, then blocks 30 s, twice as long each time, up to 15 min', () => {
    expect(waits(14)).toEqual([0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900])
  })

  it('N-001 gives a guesser who never stops about a hundred guesses a day', () => {
    const total = waits(200)
    const day = total.findIndex((_, guess) => total.slice(0, guess + 1).reduce((a, b) => a + b, 0) > 86_400)
    expect(day).toBeLessThan(110)
  })

  it('counts the block down by the second', () => {
    const counter = { failures: 5, strikes: 1, windowStartedAt: now, blockedUntil: now + 30, succeededAt: undefined }
    expect([0, 29, 30, 31].map((after) => accountBlockedFor(counter, now + after))).toEqual([30, 1, 0, 0])
  })

  it('forgets a window after its beginning what never led to a block', () => {
    let counter: Counter | undefined
    for (let i = 0; i < 4; i++) counter = accountGuess(counter, now)
    expect(accountGuess(counter, now + limits.windowSeconds - 1).failures).toBe(5)
    expect(accountGuess(counter, now + limits.windowSeconds)).toMatchObject({ failures: 1, strikes: 0 })
  })

  it('forgets a window after the end of the last block, and not before: patience does not help a guesser', () => {
    let counter: Counter | undefined
    for (let i = 0; i < 5; i++) counter = accountGuess(counter, now)
    const end = now + 30 + limits.windowSeconds
    expect(accountGuess(counter, end - 1)).toMatchObject({ strikes: 2, blockedUntil: end - 1 + 60 })
    expect(accountGuess(counter, end)).toMatchObject({ failures: 1, strikes: 0, blockedUntil: 0 })
  })
})

describe('an account that was unlocked', () => {
  const blocked = { failures: 5, strikes: 1, windowStartedAt: now, blockedUntil: now + 30, succeededAt: now - 60 }

  it('N-012 forgives a known prefix what it guessed before, and only that', () => {
    expect(accountBlockedFor(pardoned(blocked, unlocked(now + 1), now + 1), now + 1)).toBe(0)
    expect(pardoned(blocked, unlocked(now), now)).toBe(blocked)
    expect(pardoned(blocked, undefined, now)).toBe(blocked)
    const again = accountGuess(pardoned(blocked, unlocked(now + 1), now + 1), now + 1)
    expect(pardoned(again, unlocked(now + 1), now + 2)).toBe(again)
  })

  it('N-011 leaves a known prefix known', () => {
    expect(isKnown(pardoned(blocked, unlocked(now + 1), now + 1), now + 1)).toBe(true)
  })
})

describe('the counter of an address', () => {
  const after = (guesses: number, at = now) => {
    let counter: Counter | undefined
    for (let i = 0; i < guesses; i++) counter = addressGuess(counter, at)
    return counter
  }

  it('N-003 admits a hundred guesses in a window, whoever they are about, and then none until its end', () => {
    expect(addressBlockedFor(after(99), now)).toBe(0)
    expect(addressBlockedFor(after(100), now)).toBe(limits.windowSeconds)
    expect(addressBlockedFor(after(100), now + limits.windowSeconds - 1)).toBe(1)
    expect(addressBlockedFor(after(100), now + limits.windowSeconds)).toBe(0)
  })

  it('N-005 takes a right guess back, and only that one', () => {
    expect(addressRefund(after(7), now)).toMatchObject({ failures: 6 })
    expect(addressRefund(after(1), now)).toBeNull()
    expect(addressRefund(undefined, now)).toBeNull()
  })
})

describe('a known address prefix', () => {
  it('N-011 stays known for 90 days after its last success', () => {
    const counter = knownAfterSuccess(now)
    expect(isKnown(counter, now + limits.knownSeconds - 1)).toBe(true)
    expect(isKnown(counter, now + limits.knownSeconds)).toBe(false)
    expect(isKnown(undefined, now)).toBe(false)
  })

  it('N-011 stays known while it guesses wrong, and is blocked on its own', () => {
    let counter: Counter = knownAfterSuccess(now)
    for (let i = 0; i < 5; i++) counter = accountGuess(counter, now + 10)
    expect(isKnown(counter, now + 10)).toBe(true)
    expect(accountBlockedFor(counter, now + 10)).toBe(30)
    const later = now + 10 + 30 + limits.windowSeconds
    expect(isKnown(accountGuess(counter, later), later)).toBe(true)
  })
})
