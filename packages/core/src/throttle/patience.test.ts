// The success rate of an attacker with unlimited time and addresses, in a simulated year of the real rules.
import { describe, expect, it } from 'vitest'
import { MemoryCounters } from '../testing/memory-counters.ts'
import { totpDriftSteps } from '../totp/totp.ts'
import { besideGuess, besideIsFull, limits } from './backoff.ts'

const start = 1_800_000_000
const day = 86_400
const year = 365 * day
const account = 'user:alice'
const home = '192.0.2.1'

/** The chance that one guess at a code is right, where it is the only factor: the present step and those before it count. */
const chanceOfOne = (1 + totpDriftSteps) / 1_000_000
const chanceOf = (guesses: number): number => 1 - (1 - chanceOfOne) ** guesses

/** Never one that was there before: all of IPv6, one /32 a guess. */
const newAddress = (n: number): string => `${(0x2000 + (n >> 16)).toString(16)}:${(n & 0xffff).toString(16)}::1`

interface Setting {
  /** Where the n-th guess comes from. */
  readonly from: (n: number) => string
  /** How often the owner logs in, in seconds, and from where. */
  readonly owner?: { readonly every: number; readonly from: (n: number) => string }
}

/** When each code was judged, of a caller that tries another as soon as one is admitted. */
function judgedIn(seconds: number, { from, owner }: Setting): number[] {
  const counters = new MemoryCounters()
  const judged: number[] = []
  let logins = 0
  const logIn = (at: number) => {
    const decision = counters.reserve({ account, address: owner?.from(logins++) ?? home, codeAlone: true }, at)
    if ('counted' in decision) counters.succeed(decision, at)
  }
  logIn(start)
  let nextLogin = owner ? start + owner.every : Number.POSITIVE_INFINITY
  for (let at = start; at < start + seconds; ) {
    for (; nextLogin <= at; nextLogin += owner?.every ?? 0) logIn(nextLogin)
    const decision = counters.reserve({ account, address: from(judged.length), codeAlone: true }, at)
    if ('counted' in decision) judged.push(at)
    else at = Math.min(at + decision.seconds, nextLogin)
  }
  return judged
}

/** The most that were judged in any 30 days. */
function mostInThirtyDays(judged: readonly number[]): number {
  let first = 0
  let most = 0
  for (const [last, at] of judged.entries()) {
    while ((judged[first] ?? at) <= at - 30 * day) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

const strangers: readonly (readonly [string, Setting])[] = [
  ['whose owner never logs in', { from: newAddress }],
  ['whose owner logs in each day at home', { from: newAddress, owner: { every: day, from: () => home } }],
  [
    'whose owner logs in each day at a new address',
    { from: newAddress, owner: { every: day, from: (n) => `198.51.${n >> 8}.${n & 255}` } },
  ],
  [
    'whose owner logs in every hour at a new address',
    { from: newAddress, owner: { every: 3600, from: (n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` } },
  ],
]

it('codes beside a password that an attacker knows are guessed with a probability under one percent a year', () => {
  const judged: number[] = []
  let counter: Parameters<typeof besideGuess>[0]
  for (let at = start; at < start + year; at += limits.firstBlockSeconds) {
    if (besideIsFull(counter, at)) continue
    counter = besideGuess(counter, at)
    judged.push(at)
  }
  expect(mostInThirtyDays(judged)).toBeLessThanOrEqual(300)
  // Beside a password the code of the next step is accepted too.
  expect(1 - (1 - (1 + 2 * totpDriftSteps) / 1_000_000) ** judged.length).toBeLessThan(0.01)
})

describe('codes that are the only factor of an account', () => {
  it.each(strangers)('are guessed by unknown callers with a probability under one percent a year, %s', (_, setting) => {
    const judged = judgedIn(year, setting)
    expect(judged.length).toBeGreaterThan(limits.codes)
    expect(chanceOf(judged.length)).toBeLessThan(0.01)
    expect(mostInThirtyDays(judged)).toBeLessThanOrEqual(300)
  })

  it('are guessed from the user’s own address with a probability under 1 % a year, unknown callers included', () => {
    const owner = { every: day, from: () => home }
    const fromHome = judgedIn(year, { from: () => home, owner })
    expect(mostInThirtyDays(fromHome)).toBeLessThanOrEqual(300)
    expect(chanceOf(fromHome.length + judgedIn(year, { from: newAddress, owner }).length)).toBeLessThan(0.01)
  })

  it('are not judged more often for being tried in bursts with pauses between', () => {
    for (const pause of [3600, day, 7 * day]) {
      const counters = new MemoryCounters()
      let judged = 0
      for (let at = start; at < start + year; at += pause) {
        while ('counted' in counters.reserve({ account, address: newAddress(judged), codeAlone: true }, at)) judged++
      }
      expect(chanceOf(judged)).toBeLessThan(0.01)
    }
  })
})
