// What is decided when a guess is counted, and when it is taken back. Pure: the store may ask again after a conflict.
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
} from './backoff.ts'
import type { CounterKeys, CounterName, NamedChanges, NamedCounters } from './guess-counters.ts'

/** Which limit refused a guess: of the account, of the account at this known address, of the address, of a wider prefix, of codes. */
export type GuessLimit = 'account' | 'known' | 'address' | 'prefix' | 'codes'

/** A counter as a guess found it and as it left it. */
interface Counted {
  readonly before: Counter | undefined
  readonly after: Counter
}

/** A guess that was counted and may be verified. */
export interface Reservation {
  /** Whether the address prefix has a past success of this account. */
  readonly known: boolean
  readonly counted: { readonly [K in CounterName]?: Counted }
}

/** A guess that is not to be verified. */
export interface GuessRefusal {
  readonly limit: GuessLimit
  readonly seconds: number
}

const addressLimits = { address: limits.address, site: limits.site, network: limits.network } as const
const addressNames = ['address', 'site', 'network'] as const

/** How long the counters of addresses admit no guess; a known address is not held back by its neighbours. */
function addressWaits(current: NamedCounters, now: number, known: boolean): Partial<Record<GuessLimit, number>> {
  const waitOf = (name: (typeof addressNames)[number]) => addressBlockedFor(current[name], now, addressLimits[name])
  return { address: waitOf('address'), prefix: known ? 0 : Math.max(waitOf('site'), waitOf('network')) }
}

function longest(waits: Partial<Record<GuessLimit, number>>): GuessRefusal | undefined {
  const [first] = Object.entries(waits).sort(([, one], [, other]) => other - one)
  const [limit, seconds = 0] = first ?? []
  return seconds > 0 ? { limit: limit as GuessLimit, seconds } : undefined
}

const countedAddresses = (keys: CounterKeys, current: NamedCounters, now: number): Reservation['counted'] =>
  Object.fromEntries(
    addressNames
      .filter((name) => keys[name] !== undefined)
      .map((name) => [name, { before: current[name], after: addressGuess(current[name], now) }]),
  )

/** Counts one guess at a user's secret, unless a limit is reached. */
export function reserve(keys: CounterKeys, current: NamedCounters, now: number): Reservation | GuessRefusal {
  const known = isKnown(current.known, now)
  const suspended = !known && isSuspended(current.account, now)
  const own = known && current.known ? afterUnlock(current.known, current.account, now) : current.account
  const codes = codesCounter(current, known)
  const refusal = longest({
    [known ? 'known' : 'account']: suspended ? 0 : accountBlockedFor(own, now),
    ...addressWaits(current, now, known),
    codes: keys.codes === undefined ? 0 : codesBlockedFor(codes, now, suspended),
  })
  if (refusal) return refusal
  return {
    known,
    counted: {
      ...countedAddresses(keys, current, now),
      ...(known ? { known: { before: own, after: knownGuess(own, now) } } : {}),
      ...(known || suspended ? {} : { account: { before: own, after: accountGuess(own, now) } }),
      ...(keys.codes === undefined
        ? {}
        : { [known ? 'knownCodes' : 'codes']: { before: codes, after: codeGuess(codes, now) } }),
    },
  }
}

/** A known prefix has its own, which an administrator's unlocking clears as it clears the others. */
function codesCounter({ account, codes, knownCodes }: NamedCounters, known: boolean): Counter | undefined {
  if (!known) return codes
  return knownCodes && isBeforeUnlock(knownCodes, account) ? undefined : knownCodes
}

/** Whether a guess at a random secret may be verified: nothing is counted yet. */
export const refusalOfLong = (current: NamedCounters, now: number): GuessRefusal | undefined =>
  longest({ account: accountBlockedFor(current.known, now), ...addressWaits(current, now, false) })

/** Counts a wrong guess at a random secret. */
export const countLong = (keys: CounterKeys, current: NamedCounters, now: number): Reservation => ({
  known: false,
  counted: {
    ...countedAddresses(keys, current, now),
    known: { before: current.known, after: accountGuess(current.known, now) },
  },
})

/** The counters as a reservation leaves them. */
export const reserved = ({ counted }: Reservation): NamedChanges => mapped(counted, ({ after }) => after)

/** The counters without a guess that was not verified. */
export const refunded = ({ counted }: Reservation, current: NamedCounters): NamedChanges =>
  mapped(counted, ({ before, after }, name) => {
    const refund = refunds[name]
    return refund(current[name], after, before)
  })

/**
 * The counters after a guess that was right. It is taken back from addresses and codes, whose other guesses go on counting
 * (N-005); a success from a known prefix says nothing about unknown callers' guesses, so that their counter stays.
 */
export function succeeded(reservation: Reservation, current: NamedCounters, now: number): NamedChanges {
  const back = refunded(reservation, current)
  const account = isKnown(current.known, now) ? back.account : accountAfterSuccess(current.account, now)
  return { ...back, account, known: knownAfterSuccess(now) }
}

const refunds = {
  account: accountRefund,
  known: accountRefund,
  address: addressRefund,
  site: addressRefund,
  network: addressRefund,
  codes: codeRefund,
  knownCodes: codeRefund,
} as const satisfies Record<
  CounterName,
  (counter: Counter | undefined, counted: Counter, before: Counter | undefined) => Counter | null | undefined
>

/** The limits that a wrong guess has reached: no further guess is verified there for a while. */
export function limitsReached({ known, counted }: Reservation, now: number): readonly GuessLimit[] {
  const reached = (name: CounterName): boolean => {
    const counter = counted[name]?.after
    if (!counter) return false
    if (name === 'address' || name === 'site' || name === 'network') return counter.failures === addressLimits[name]
    if (name === 'codes' || name === 'knownCodes') return counter.failures >= limits.codes
    return counter.blockedUntil > now
  }
  const found: GuessLimit[] = []
  if (reached('account')) found.push('account')
  if (reached('known')) found.push(known ? 'known' : 'account')
  if (reached('address')) found.push('address')
  if (reached('site') || reached('network')) found.push('prefix')
  if (reached('codes') || reached('knownCodes')) found.push('codes')
  return found
}

function mapped<T>(
  counted: Reservation['counted'],
  map: (counted: Counted, name: CounterName) => T,
): { readonly [K in CounterName]?: T } {
  const entries = Object.entries(counted) as [CounterName, Counted][]
  return Object.fromEntries(entries.map(([name, one]) => [name, map(one, name)]))
}
