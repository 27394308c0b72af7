import type { Counter } from '../ports/store/counters.ts'

/** Limits of guessing, per account (or account and address) and per address. Times in seconds. */
export const limits = {
  /** Wrong guesses of one account within the window before the first block. */
  account: 5,
  /** Guesses from one address prefix (IPv4 address, IPv6 /64) within the window. */
  address: 100,
  /** Guesses from one IPv6 /56 within the window. */
  site: 400,
  /** Guesses from one IPv6 /48 within the window. */
  network: 1600,
  windowSeconds: 900,
  firstBlockSeconds: 30,
  longestBlockSeconds: 900,
  /** How long an address prefix with a success stays known for an account. */
  knownSeconds: 90 * 86_400,
  /** Wrong codes without a password that are remembered of an account; at this many, none is verified. */
  codes: 200,
  /** One remembered wrong code is forgotten each time this has passed: 99 in 30 days, so that at most 300 are verified in them. */
  codeForgottenSeconds: 26_100,
} as const

const fresh = (now: number): Counter => ({
  failures: 0,
  strikes: 0,
  windowStartedAt: now,
  blockedUntil: 0,
  succeededAt: undefined,
  endsAt: now,
})

/** How long an administrator's unlocking has to be remembered: until all that was counted before it is forgotten anyhow. */
const unlockedSeconds = Math.max(
  limits.longestBlockSeconds + limits.windowSeconds,
  limits.codes * limits.codeForgottenSeconds,
)

const forgottenAt = ({ windowStartedAt, blockedUntil }: Pick<Counter, 'windowStartedAt' | 'blockedUntil'>): number =>
  Math.max(windowStartedAt, blockedUntil) + limits.windowSeconds

/** @param successSeconds How long `succeededAt` means something. */
const lasting = (counter: Counter, successSeconds: number): Counter => ({
  ...counter,
  endsAt: Math.max(forgottenAt(counter), counter.succeededAt === undefined ? 0 : counter.succeededAt + successSeconds),
})

/** A counter as it counts now: forgotten a window after its last block or beginning. */
function settled(counter: Counter | undefined, now: number): Counter {
  if (!counter) return fresh(now)
  return now < forgottenAt(counter) ? counter : { ...fresh(now), succeededAt: counter.succeededAt }
}

/** The length of a block, 30 s to 15 min: each is twice as long as the one before. */
const blockSeconds = (blocksBefore: number): number =>
  Math.min(limits.firstBlockSeconds * 2 ** blocksBefore, limits.longestBlockSeconds)

/** Seconds until an account's counter admits another guess; 0 if it does now. */
export const accountBlockedFor = (counter: Counter | undefined, now: number): number =>
  Math.max(0, (counter?.blockedUntil ?? 0) - now)

/** Seconds until a counter of addresses admits another guess; 0 if it does now. */
export function addressBlockedFor(counter: Counter | undefined, now: number, limit: number = limits.address): number {
  const current = settled(counter, now)
  return current.failures < limit ? 0 : current.windowStartedAt + limits.windowSeconds - now
}

function oneMore(counter: Counter | undefined, now: number): Counter {
  const current = settled(counter, now)
  const failures = current.failures + 1
  if (failures < limits.account) return { ...current, failures }
  return {
    ...current,
    failures,
    strikes: current.strikes + 1,
    blockedUntil: now + blockSeconds(current.strikes),
  }
}

/** One more guess of an account: from the fifth on, each opens a block twice as long as the last, 30 s to 15 min. */
export const accountGuess = (counter: Counter | undefined, now: number): Counter =>
  lasting(oneMore(counter, now), unlockedSeconds)

/** The same, of an account as seen from a known address prefix. */
export const knownGuess = (counter: Counter | undefined, now: number): Counter =>
  lasting(oneMore(counter, now), limits.knownSeconds)

/**
 * Takes back a guess that was counted and not verified (an account's, or a known prefix's).
 *
 * @param counted The counter as that guess left it.
 * @param before The counter as that guess found it.
 * @returns `null` if nothing is left to count, `undefined` if the guess is forgotten already.
 */
export function accountRefund(
  counter: Counter | undefined,
  counted: Counter,
  before: Counter | undefined,
): Counter | null | undefined {
  if (!counter || counter.failures === 0 || counter.windowStartedAt !== counted.windowStartedAt) return undefined
  const failures = counter.failures - 1
  if (failures === 0 && counter.succeededAt === undefined) return null
  const strikes = Math.max(0, counter.strikes - 1)
  // The block that this guess opened goes with it; a later one belongs to another guess and stays.
  const earlier = counter.blockedUntil === counted.blockedUntil ? (before?.blockedUntil ?? 0) : counter.blockedUntil
  return { ...counter, failures, strikes, blockedUntil: strikes === 0 ? 0 : earlier }
}

export function addressGuess(counter: Counter | undefined, now: number): Counter {
  const current = settled(counter, now)
  return lasting({ ...current, failures: current.failures + 1 }, 0)
}

/**
 * The guess was right, or not verified: it is taken back from the address, whose other guesses go on counting (N-005).
 *
 * @param counted The counter as that guess left it.
 */
export function addressRefund(counter: Counter | undefined, counted: Counter): Counter | null | undefined {
  if (!counter || counter.windowStartedAt !== counted.windowStartedAt) return undefined
  return counter.failures <= 1 ? null : { ...counter, failures: counter.failures - 1 }
}

/** What is remembered of wrong codes now. */
function remembered(counter: Counter | undefined, now: number): Counter {
  if (!counter) return fresh(now)
  const forgotten = Math.floor((now - counter.windowStartedAt) / limits.codeForgottenSeconds)
  if (forgotten >= counter.failures) return fresh(now)
  if (forgotten <= 0) return counter
  return {
    ...counter,
    failures: counter.failures - forgotten,
    windowStartedAt: counter.windowStartedAt + forgotten * limits.codeForgottenSeconds,
  }
}

/**
 * Seconds until a code without a password is verified; 0 if it is now.
 *
 * @param suspended Whether an administrator suspended the delays: then only the limit of remembered codes counts.
 */
export function codesBlockedFor(counter: Counter | undefined, now: number, suspended = false): number {
  const current = remembered(counter, now)
  if (current.failures >= limits.codes) return current.windowStartedAt + limits.codeForgottenSeconds - now
  return suspended ? 0 : Math.max(0, current.blockedUntil - now)
}

/**
 * One more code without a password. What a success clears elsewhere is remembered here, so that patience helps
 * no guesser: the delays grow as an account's do, and shrink only as codes are forgotten.
 */
export function codeGuess(counter: Counter | undefined, now: number): Counter {
  const current = remembered(counter, now)
  const failures = current.failures + 1
  const blockedUntil = failures < limits.account ? 0 : now + blockSeconds(failures - limits.account)
  return withCodes({ ...current, failures, blockedUntil })
}

const withCodes = (counter: Counter): Counter => ({
  ...counter,
  endsAt: counter.windowStartedAt + counter.failures * limits.codeForgottenSeconds,
})

/** Takes back a code that was right, or not verified, as `accountRefund` does. */
export function codeRefund(
  counter: Counter | undefined,
  counted: Counter,
  before: Counter | undefined,
): Counter | null | undefined {
  if (!counter || counter.windowStartedAt !== counted.windowStartedAt) return undefined
  if (counter.failures <= 1) return null
  const own = counter.blockedUntil === counted.blockedUntil
  return withCodes({
    ...counter,
    failures: counter.failures - 1,
    blockedUntil: own ? (before?.blockedUntil ?? 0) : counter.blockedUntil,
  })
}

/** Whether as many wrong codes beside a right password are remembered as are ever verified. */
export const besideIsFull = (counter: Counter | undefined, now: number): boolean =>
  codesBlockedFor(counter, now, true) > 0

/**
 * One more wrong code beside a right password: remembered as one without a password is, but the delays are the account's. When
 * an administrator unlocked the user stays known.
 */
export function besideGuess(counter: Counter | undefined, now: number): Counter {
  if (counter && besideIsFull(counter, now)) return counter
  const { succeededAt } = counter ?? {}
  const next = { ...codeGuess(counter, now), succeededAt }
  return { ...next, endsAt: Math.max(next.endsAt, succeededAt === undefined ? 0 : succeededAt + unlockedSeconds) }
}

/** The account's counter after a success from a prefix: clear, and the prefix is known from now on. */
export const knownAfterSuccess = (now: number): Counter =>
  lasting({ ...fresh(now), succeededAt: now }, limits.knownSeconds)

/** What remains of an account's counter after a success from an unknown address: the administrator's settings. */
export const accountAfterSuccess = (counter: Counter | undefined, now: number): Counter | null | undefined => {
  if (!counter || isSuspended(counter, now)) return undefined
  if (counter.succeededAt === undefined) return null
  return lasting({ ...fresh(counter.succeededAt), succeededAt: counter.succeededAt }, unlockedSeconds)
}

/**
 * The account's counter after an administrator unlocked it: clear, and what was guessed before counts nowhere.
 *
 * @param suspendedSeconds How long guesses of unknown callers are neither counted in it nor delayed. Default is 0.
 */
export const unlocked = (now: number, suspendedSeconds = 0): Counter =>
  lasting({ ...fresh(now + suspendedSeconds), succeededAt: now }, unlockedSeconds)

/** Whether an administrator suspended an account's delays: its window has not begun, and nothing is counted in it. */
export const isSuspended = (counter: Counter | undefined, now: number): boolean =>
  counter?.succeededAt !== undefined && counter.failures === 0 && now < counter.windowStartedAt

/**
 * The counter of a known prefix, or a clear one if the account was unlocked since: it counts on its own, so that clearing
 * the account's alone would leave its owner locked out at home (N-012).
 */
export const afterUnlock = (known: Counter, account: Counter | undefined, now: number): Counter =>
  isBeforeUnlock(known, account) ? { ...fresh(now), succeededAt: known.succeededAt } : known

/** Whether what a counter counts was guessed before an administrator unlocked the account. */
export const isBeforeUnlock = (counter: Counter, account: Counter | undefined): boolean =>
  account?.succeededAt !== undefined && counter.windowStartedAt < account.succeededAt

export const isKnown = (counter: Counter | undefined, now: number): boolean =>
  counter?.succeededAt !== undefined && now < counter.succeededAt + limits.knownSeconds
