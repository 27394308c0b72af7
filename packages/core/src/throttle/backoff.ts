import type { Counter } from '../ports/counters.ts'

/** Limits of guessing, per account (or account and address) and per address. Times in seconds. */
export const limits = {
  /** Wrong guesses of one account within the window before the first block. */
  account: 5,
  /** Guesses from one address prefix within the window. */
  address: 100,
  windowSeconds: 900,
  firstBlockSeconds: 30,
  longestBlockSeconds: 900,
  /** How long an address prefix with a success stays known for an account. */
  knownSeconds: 90 * 86_400,
} as const

const fresh = (now: number): Counter => ({
  failures: 0,
  strikes: 0,
  windowStartedAt: now,
  blockedUntil: 0,
  succeededAt: undefined,
})

/** A counter as it counts now: forgotten a window after its last block or beginning. */
function settled(counter: Counter | undefined, now: number): Counter {
  if (!counter) return fresh(now)
  const forgottenAt = Math.max(counter.windowStartedAt, counter.blockedUntil) + limits.windowSeconds
  return now < forgottenAt ? counter : { ...fresh(now), succeededAt: counter.succeededAt }
}

/** Seconds until an account's counter admits another guess; 0 if it does now. */
export const accountBlockedFor = (counter: Counter | undefined, now: number): number =>
  Math.max(0, (counter?.blockedUntil ?? 0) - now)

/** Seconds until an address's counter admits another guess; 0 if it does now. */
export function addressBlockedFor(counter: Counter | undefined, now: number): number {
  const current = settled(counter, now)
  return current.failures < limits.address ? 0 : current.windowStartedAt + limits.windowSeconds - now
}

/** One more guess of an account: from the fifth on, each opens a block twice as long as the last, 30 s to 15 min. */
export function accountGuess(counter: Counter | undefined, now: number): Counter {
  const current = settled(counter, now)
  const failures = current.failures + 1
  if (failures < limits.account) return { ...current, failures }
  const block = Math.min(limits.firstBlockSeconds * 2 ** current.strikes, limits.longestBlockSeconds)
  return { ...current, failures, strikes: current.strikes + 1, blockedUntil: now + block }
}

export function addressGuess(counter: Counter | undefined, now: number): Counter {
  const current = settled(counter, now)
  return { ...current, failures: current.failures + 1 }
}

/** The guess was right: it is taken back from the address, whose other guesses go on counting (N-005). */
export function addressRefund(counter: Counter | undefined, now: number): Counter | null {
  const current = settled(counter, now)
  return current.failures <= 1 ? null : { ...current, failures: current.failures - 1 }
}

/** The account's counter after a success from a prefix: clear, and the prefix is known from now on. */
export const knownAfterSuccess = (now: number): Counter => ({ ...fresh(now), succeededAt: now })

/** The account's counter after an administrator unlocked it: clear, and what was guessed before counts nowhere. */
export const unlocked = (now: number): Counter => ({ ...fresh(now), succeededAt: now })

/**
 * The counter of a known prefix, or a clear one if the account was unlocked since: it counts on its own, so that clearing
 * the account's alone would leave its owner locked out at home (N-012).
 */
export const pardoned = (known: Counter, account: Counter | undefined, now: number): Counter =>
  account?.succeededAt !== undefined && known.windowStartedAt < account.succeededAt
    ? { ...fresh(now), succeededAt: known.succeededAt }
    : known

export const isKnown = (counter: Counter | undefined, now: number): boolean =>
  counter?.succeededAt !== undefined && now < counter.succeededAt + limits.knownSeconds
