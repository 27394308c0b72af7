import { describe, expect, it } from 'vitest'
import type { Counter } from '../ports/store/counters.ts'
import {
  accountAfterSuccess,
  accountBlockedFor,
  accountGuess,
  accountRefund,
  addressBlockedFor,
  addressGuess,
  addressRefund,
  afterUnlock,
  codeGuess,
  codeRefund,
  codesBlockedFor,
  isBeforeUnlock,
  isKnown,
  isSuspended,
  knownAfterSuccess,
  knownGuess,
  limits,
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
  it('admits five guesses, then blocks 30 s, twice as long each time, up to 15 min', () => {
    expect(waits(14)).toEqual([0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900])
  })

  it('gives a guesser who never stops about a hundred guesses a day', () => {
    const total = waits(200)
    const day = total.findIndex((_, guess) => total.slice(0, guess + 1).reduce((a, b) => a + b, 0) > 86_400)
    expect(day).toBeLessThan(110)
  })

  it('counts the block down by the second', () => {
    const counter = {
      failures: 5,
      strikes: 1,
      windowStartedAt: now,
      blockedUntil: now + 30,
      succeededAt: undefined,
      endsAt: now + 930,
    }
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
  const blocked = {
    failures: 5,
    strikes: 1,
    windowStartedAt: now,
    blockedUntil: now + 30,
    succeededAt: now - 60,
    endsAt: now + 930,
  }

  it('forgives a known prefix what it guessed before, and only that', () => {
    expect(accountBlockedFor(afterUnlock(blocked, unlocked(now + 1), now + 1), now + 1)).toBe(0)
    expect(afterUnlock(blocked, unlocked(now), now)).toBe(blocked)
    expect(afterUnlock(blocked, undefined, now)).toBe(blocked)
    const again = accountGuess(afterUnlock(blocked, unlocked(now + 1), now + 1), now + 1)
    expect(afterUnlock(again, unlocked(now + 1), now + 2)).toBe(again)
  })

  it('leaves a known prefix known', () => {
    expect(isKnown(afterUnlock(blocked, unlocked(now + 1), now + 1), now + 1)).toBe(true)
  })
})

describe('the counter of an address', () => {
  const after = (guesses: number, at = now) => {
    let counter: Counter | undefined
    for (let i = 0; i < guesses; i++) counter = addressGuess(counter, at)
    return counter
  }

  it('admits 100 guesses in a window, of whatever accounts, and then none until its end', () => {
    expect(addressBlockedFor(after(99), now)).toBe(0)
    expect(addressBlockedFor(after(100), now)).toBe(limits.windowSeconds)
    expect(addressBlockedFor(after(100), now + limits.windowSeconds - 1)).toBe(1)
    expect(addressBlockedFor(after(100), now + limits.windowSeconds)).toBe(0)
  })

  it('takes a right guess back, and only that one', () => {
    const counted = addressGuess(undefined, now)
    expect(addressRefund(after(7), counted)).toMatchObject({ failures: 6 })
    expect(addressRefund(after(1), counted)).toBeNull()
    expect(addressRefund(undefined, counted)).toBeUndefined()
  })

  it('takes nothing back of a window that began later', () => {
    const counted = addressGuess(undefined, now)
    expect(addressRefund(after(7, now + limits.windowSeconds), counted)).toBeUndefined()
  })

  it('admits more from a wider prefix, in the same window', () => {
    expect([limits.address, limits.site, limits.network]).toEqual([100, 400, 1600])
    expect(addressBlockedFor(after(399), now, limits.site)).toBe(0)
    expect(addressBlockedFor(after(400), now, limits.site)).toBe(limits.windowSeconds)
    expect(addressBlockedFor(after(400), now, limits.network)).toBe(0)
  })
})

describe('a known address prefix', () => {
  it('stays known for 90 days after its last success', () => {
    const counter = knownAfterSuccess(now)
    expect(isKnown(counter, now + limits.knownSeconds - 1)).toBe(true)
    expect(isKnown(counter, now + limits.knownSeconds)).toBe(false)
    expect(isKnown(undefined, now)).toBe(false)
  })

  it('stays known while it guesses wrong, and is blocked on its own', () => {
    let counter: Counter = knownAfterSuccess(now)
    for (let i = 0; i < 5; i++) counter = knownGuess(counter, now + 10)
    expect(isKnown(counter, now + 10)).toBe(true)
    expect(accountBlockedFor(counter, now + 10)).toBe(30)
    const later = now + 10 + 30 + limits.windowSeconds
    expect(isKnown(knownGuess(counter, later), later)).toBe(true)
  })
})

describe('a guess that was not judged', () => {
  /** The counter before and after each of so many guesses at once. */
  function guesses(count: number) {
    let counter: Counter | undefined
    return Array.from({ length: count }, () => {
      const before = counter
      const after = accountGuess(before, now)
      counter = after
      return { before, after }
    })
  }

  it.each([
    ['in their order', [0, 1, 2, 3, 4]],
    ['in the opposite order', [4, 3, 2, 1, 0]],
    ['in any order', [2, 4, 0, 3, 1]],
  ])('leaves nothing behind where five are taken back %s', (_, order) => {
    const counted = guesses(5)
    let counter: Counter | null | undefined = counted[4]?.after
    for (const [left, at] of order.entries()) {
      const one = counted[at]
      if (one) counter = accountRefund(counter ?? undefined, one.after, one.before)
      if (counter) expect(accountBlockedFor(counter, now)).toBe(0)
      if (left < 4) expect(counter).toMatchObject({ failures: 4 - left, strikes: 0 })
    }
    expect(counter).toBeNull()
  })

  it('takes the block with it that it opened, and keeps those of earlier guesses in mind', () => {
    const [last] = guesses(6).slice(-1)
    const later = (last?.after.blockedUntil ?? 0) + 1
    const counted = accountGuess(last?.after, later)
    const counter = accountRefund(counted, counted, last?.after)
    expect(counter).toMatchObject({ failures: 6, strikes: 2, blockedUntil: last?.after.blockedUntil })
    expect(accountGuess(counter ?? undefined, later)).toEqual(counted)
  })

  it('does not shorten the block that a later guess opened', () => {
    const fifth = guesses(5).at(-1)?.after
    const sixth = accountGuess(fifth, now)
    expect(fifth && accountRefund(sixth, fifth, undefined)).toMatchObject({
      failures: 5,
      strikes: 1,
      blockedUntil: now + 60,
    })
  })

  it('takes nothing back that is forgotten, cleared or counted in another window', () => {
    const counted = accountGuess(undefined, now)
    expect(accountRefund(undefined, counted, undefined)).toBeUndefined()
    expect(accountRefund(unlocked(now), counted, undefined)).toBeUndefined()
    expect(accountRefund(accountGuess(undefined, now + 901), counted, undefined)).toBeUndefined()
  })

  it('leaves a known prefix known', () => {
    const known = knownAfterSuccess(now)
    const counted = knownGuess(known, now)
    expect(accountRefund(counted, counted, known)).toMatchObject({ failures: 0, succeededAt: now })
  })
})

describe('the counter of codes without a password', () => {
  const after = (guesses: number, at = now) => {
    let counter: Counter | undefined
    for (let i = 0; i < guesses; i++) counter = codeGuess(counter, at)
    return counter
  }

  it('N-345 delays as the counter of an account does, from the fifth wrong code on', () => {
    expect([4, 5, 6, 7, 10, 50].map((guesses) => codesBlockedFor(after(guesses), now))).toEqual([
      0, 30, 60, 120, 900, 900,
    ])
  })

  it('N-345 forgets one code at a time, and no delay with it, however long no guess comes', () => {
    const quarter = now + limits.codeForgottenSeconds
    expect(codeGuess(after(10), quarter - 1).failures).toBe(11)
    expect(codeGuess(after(10), quarter)).toMatchObject({ failures: 10, blockedUntil: quarter + 900 })
    expect(codeGuess(after(10), now + 9 * limits.codeForgottenSeconds).failures).toBe(2)
  })

  it('judges none at 200 remembered ones, until one is forgotten', () => {
    const full = after(limits.codes)
    expect(codesBlockedFor(full, now)).toBe(limits.codeForgottenSeconds)
    expect(codesBlockedFor(full, now + limits.codeForgottenSeconds - 1)).toBe(1)
    expect(codesBlockedFor(full, now + limits.codeForgottenSeconds)).toBe(0)
  })

  it('keeps that limit while the delays are suspended', () => {
    expect(codesBlockedFor(after(50), now, true)).toBe(0)
    expect(codesBlockedFor(after(limits.codes), now, true)).toBe(limits.codeForgottenSeconds)
  })

  it('takes a right one back, and no other', () => {
    const before = after(6)
    const counted = codeGuess(before, now + 60)
    expect(codeRefund(counted, counted, before)).toEqual(before)
    const first = codeGuess(undefined, now)
    expect(codeRefund(first, first, undefined)).toBeNull()
    expect(codeRefund(undefined, counted, before)).toBeUndefined()
  })
})

describe('a counter ends when it means nothing any more', () => {
  it('of an account, when its last block or window is forgotten', () => {
    expect(accountGuess(undefined, now).endsAt).toBe(now + 900)
    let counter: Counter | undefined
    for (let i = 0; i < 5; i++) counter = accountGuess(counter, now)
    expect(counter?.endsAt).toBe(now + 30 + 900)
    expect(accountGuess(counter, counter?.endsAt ?? 0)).toEqual(accountGuess(undefined, counter?.endsAt ?? 0))
  })

  it('of an address, with its window', () => {
    expect(addressGuess(addressGuess(undefined, now), now + 800).endsAt).toBe(now + 900)
  })

  it('of a known prefix, 90 days after its last success', () => {
    expect(knownAfterSuccess(now).endsAt).toBe(now + limits.knownSeconds)
    expect(knownGuess(knownAfterSuccess(now), now + 10).endsAt).toBe(now + limits.knownSeconds)
  })

  it('of codes, when all of them are forgotten', () => {
    const counter = codeGuess(codeGuess(undefined, now), now)
    expect(counter.endsAt).toBe(now + 2 * limits.codeForgottenSeconds)
    expect(codeGuess(counter, counter.endsAt)).toEqual(codeGuess(undefined, counter.endsAt))
  })

  it('of an administrator’s word, when nothing is left that it could forgive', () => {
    expect(unlocked(now).endsAt).toBeGreaterThanOrEqual(now + limits.codes * limits.codeForgottenSeconds)
  })
})

describe('an account whose delays are suspended', () => {
  const suspended = unlocked(now, 600)

  it('is so until the time is over', () => {
    expect([0, 599, 600].map((after) => isSuspended(suspended, now + after))).toEqual([true, true, false])
    expect(isSuspended(unlocked(now), now)).toBe(false)
    expect(isSuspended(undefined, now)).toBe(false)
  })

  it('stays so after a successful login, and an unlocking is remembered', () => {
    expect(accountAfterSuccess(suspended, now + 10)).toBeUndefined()
    expect(accountAfterSuccess(accountGuess(unlocked(now), now + 10), now + 20)).toMatchObject({
      failures: 0,
      succeededAt: now,
    })
    expect(accountAfterSuccess(accountGuess(undefined, now), now)).toBeNull()
  })

  it('forgives what was guessed before it was unlocked, and nothing after', () => {
    expect(isBeforeUnlock(codeGuess(undefined, now - 1), suspended)).toBe(true)
    expect(isBeforeUnlock(codeGuess(undefined, now), suspended)).toBe(false)
    expect(isBeforeUnlock(codeGuess(undefined, now - 1), undefined)).toBe(false)
  })
})
