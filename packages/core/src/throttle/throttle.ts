import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { Counter } from '../ports/counters.ts'
import { digestText } from '../tokens/digest.ts'
import { addressPrefix } from './address-prefix.ts'
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
} from './backoff.ts'
import { InFlight } from './in-flight.ts'

/** The counter keys of one guess. Digests: people type passwords where names belong (N-207). */
interface GuessKeys {
  readonly account: string
  readonly address: string
  /** The account as seen from this address prefix. */
  readonly known: string
}

/** The keys that depend on where a guess comes from. */
const keysFrom = (account: string, circumstances: Circumstances): Omit<GuessKeys, 'account'> => {
  const prefix = addressPrefix(circumstances.address)
  return { address: digestText('address', prefix), known: digestText('known', account, prefix) }
}

const keysOf = (account: string, circumstances: Circumstances): GuessKeys => ({
  account: accountKey(account),
  ...keysFrom(account, circumstances),
})

/** The counter of an account, e.g. `user:alice`: shared by every path on which its secrets can be guessed (N-007). */
export const accountKey = (account: string): string => digestText('account', account)

/**
 * Counts guesses at secrets, before the guess is judged, in commits of their own (S11, N-009).
 *
 * An address prefix with a past success has a counter of its own for that account: a stranger who locks the account
 * locks only strangers out (N-011).
 */
export class Throttle {
  readonly #deps: Pick<Domain, 'store' | 'clock'>
  readonly #inFlight = new InFlight()

  constructor(deps: Pick<Domain, 'store' | 'clock'>) {
    this.#deps = deps
  }

  /**
   * Runs one guess at a person's secret. Unknown names are counted like known ones (N-016).
   *
   * @param account The canonical name, e.g. `user:alice`.
   * @param guess Resolves to nothing if the guess was wrong.
   * @throws AuthError `throttled` with `retryAfterSeconds`, and then `guess` was not called.
   */
  async guess<T>(
    account: string,
    circumstances: Circumstances,
    guess: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const keys = keysOf(account, circumstances)
    await this.#admit(keys)
    try {
      const result = await guess()
      if (result !== undefined) await this.#succeed(keys)
      return result
    } finally {
      this.#inFlight.leave(keys.account)
    }
  }

  /**
   * Judges a guess at a random secret (at least 160 bits), which cannot be found by trying: only wrong ones are counted,
   * per address prefix, so that a right one writes nothing and nobody can lock a client out from elsewhere.
   *
   * @throws AuthError `throttled`.
   */
  async judge<T>(
    account: string,
    circumstances: Circumstances,
    judge: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const keys = keysFrom(account, circumstances)
    const order = [keys.known, keys.address]
    const now = this.#deps.clock.latest()
    const [known, address] = await this.#deps.store.counters.read(order)
    refuseIfBlocked(known, address, now)
    const result = await judge()
    if (result === undefined) {
      await this.#deps.store.counters.change(order, ([ownCounter, addressCounter]) => ({
        next: [accountGuess(ownCounter, now), addressGuess(addressCounter, now)],
        result: undefined,
      }))
    }
    return result
  }

  async #admit(keys: GuessKeys): Promise<void> {
    for (;;) {
      const refusedFor = await this.#reserve(keys)
      if (refusedFor === 0) return this.#inFlight.enter(keys.account)
      if (!this.#inFlight.has(keys.account)) throw new AuthError('throttled', { retryAfterSeconds: refusedFor })
      await this.#inFlight.outcome(keys.account)
    }
  }

  /** Counts one guess, or tells for how many seconds none is admitted. */
  #reserve(keys: GuessKeys): Promise<number> {
    const now = this.#deps.clock.latest()
    return this.#deps.store.counters.change([keys.account, keys.address, keys.known], ([account, address, known]) => {
      const isFromKnown = known !== undefined && isKnown(known, now)
      const own = isFromKnown ? pardoned(known, account, now) : account
      const blockedFor = Math.max(accountBlockedFor(own, now), addressBlockedFor(address, now))
      if (blockedFor > 0) return { next: [undefined, undefined, undefined], result: blockedFor }
      const counted = accountGuess(own, now)
      const next = isFromKnown ? [undefined, counted] : [counted, undefined]
      return { next: [next[0], addressGuess(address, now), next[1]], result: 0 }
    })
  }

  async #succeed(keys: GuessKeys): Promise<void> {
    const now = this.#deps.clock.latest()
    await this.#deps.store.counters.change([keys.account, keys.address, keys.known], ([account, address, known]) => ({
      // A success from a known prefix says nothing about strangers' guesses: their counter stays.
      next: [isKnown(known, now) || !account ? undefined : null, addressRefund(address, now), knownAfterSuccess(now)],
      result: undefined,
    }))
  }
}

function refuseIfBlocked(own: Counter | undefined, address: Counter | undefined, now: number): void {
  const blockedFor = Math.max(accountBlockedFor(own, now), addressBlockedFor(address, now))
  if (blockedFor > 0)
    throw new AuthError('throttled', { retryAfterSeconds: Math.min(blockedFor, limits.windowSeconds) })
}
