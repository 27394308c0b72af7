/*
 * Limits of guessing: what is counted, when a guess is refused, and what the audit trail says of it.
 * This folder must not know what a secret is compared with.
 */
import type { Domain } from '../domain/domain.ts'
import { AuthError } from '../model/errors.ts'
import type { RequestContext } from '../model/request-context.ts'
import type { Counter } from '../ports/store/counters.ts'
import { StoreError } from '../ports/store/store.ts'
import {
  type CounterKeys,
  type CounterName,
  type GuessKeys,
  guessKeys,
  LongSecretKeys,
  type NamedChanges,
  type NamedCounters,
} from './guess-counters.ts'
import { type Guessed, guessEvents } from './guess-events.ts'
import { GuessMeter, type RefusalReason } from './guess-meter.ts'
import { InFlight } from './in-flight.ts'
import {
  countLong,
  type GuessRefusal,
  limitsReached,
  type Reservation,
  refunded,
  refusalOfLong,
  reserve,
  reserved,
  succeeded,
} from './reservation.ts'

/** What is guessed at. */
export interface GuessKind {
  /** Whether it is a code (RFC 6238) and no password beside it: one of a million values, with limits of its own (N-344). */
  readonly codeAlone: boolean
  /** Whose it is, for the trail; asked after a wrong guess, whether or not the name exists. */
  readonly whose: () => Promise<Guessed>
}

/**
 * Counts guesses at secrets, before the guess is verified, in commits of their own (S11, N-009). A guess that was not verified,
 * because the server is overloaded or its store is not available, is taken back (N-340).
 *
 * An address prefix with a past success has a counter of its own for that account: an unknown caller who locks the account
 * locks only unknown callers out (N-011).
 */
export class Throttle {
  readonly #deps: Pick<Domain, 'store' | 'clock'>
  readonly #inFlight = new InFlight()
  readonly #longKeys = new LongSecretKeys()
  readonly meter = new GuessMeter()

  constructor(deps: Pick<Domain, 'store' | 'clock'>) {
    this.#deps = deps
  }

  /**
   * Runs one guess at a user's secret. Unknown names are counted like known ones (N-016).
   *
   * @param account The canonical name, e.g. `user:alice`.
   * @param guess Resolves to `undefined` if the guess was wrong. It is given the context with what the throttle knows of
   * the address (`RequestContext.known`).
   * A wrong guess is recorded in the audit trail, in a commit of its own, before this resolves. A failure to record it changes nothing of
   * how it is counted.
   *
   * @throws StoreError if the wrong guess cannot be recorded in the trail. AuthError `throttled` with `retryAfterSeconds`, and then `guess` was not called.
   */
  async attempt<T>(
    account: string,
    context: RequestContext,
    guess: (context: RequestContext) => Promise<T | undefined>,
    { codeAlone, whose }: GuessKind,
  ): Promise<T | undefined> {
    const keys = guessKeys(account, context.address, codeAlone)
    const reservation = await this.#admit(keys)
    const result = await this.#judged(keys, reservation, context, guess)
    if (result === undefined) await this.#tell(reservation, context, whose)
    return result
  }

  async #judged<T>(
    keys: GuessKeys,
    reservation: Reservation,
    context: RequestContext,
    guess: (context: RequestContext) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    try {
      const result = await guess(reservation.known ? fromKnown(context, keys.known) : context)
      if (result !== undefined) await this.#succeed(keys, reservation)
      return result
    } catch (error) {
      const reason = unjudged(error)
      if (reason !== undefined) await this.#giveBack(keys, reservation, reason)
      throw error
    } finally {
      this.#inFlight.leave(keys.account)
    }
  }

  /**
   * Judges a guess at a random secret (at least 160 bits), which cannot be found by trying: only wrong ones are counted,
   * per address prefix, so that a right one writes nothing, and another address cannot lock a client out. One that was
   * not verified is not counted.
   *
   * @param judge Only reads. It is asked while the counters are read, and its answer is dropped where a limit is reached.
   * @throws AuthError `throttled`. StoreError as `judge` does.
   */
  async verifySecret<T>(
    account: string,
    context: RequestContext,
    judge: () => Promise<T | undefined>,
    { whose }: Pick<GuessKind, 'whose'>,
  ): Promise<T | undefined> {
    const { keys, list } = this.#longKeys.of(account, context.address)
    const now = this.#deps.clock.latest()
    const [read, result] = await Promise.all([this.#deps.store.counters.read(list), judge()])
    const refusal = read.some(isCounted) ? refusalOfLong(named(keys, read), now) : undefined
    if (refusal) throw this.#refused(refusal)
    if (result === undefined) {
      const counted = await this.#change(keys, (current) => {
        const reservation = countLong(keys, current, now)
        return { next: reserved(reservation), result: reservation }
      })
      await this.#tell(counted, context, whose)
    }
    return result
  }

  async #admit(keys: GuessKeys): Promise<Reservation> {
    for (;;) {
      const decision = await this.#reserve(keys)
      if ('counted' in decision) {
        this.#inFlight.enter(keys.account)
        return decision
      }
      if (!this.#inFlight.has(keys.account)) throw this.#refused(decision)
      await this.#inFlight.outcome(keys.account)
    }
  }

  /** Counts one guess, or tells which limit admits none. */
  #reserve(keys: CounterKeys): Promise<Reservation | GuessRefusal> {
    const now = this.#deps.clock.latest()
    return this.#change(keys, (current) => {
      const decision = reserve(keys, current, now)
      return { next: 'counted' in decision ? reserved(decision) : {}, result: decision }
    })
  }

  #succeed(keys: CounterKeys, reservation: Reservation): Promise<void> {
    const now = this.#deps.clock.latest()
    return this.#change(keys, (current) => ({ next: succeeded(reservation, current, now), result: undefined }))
  }

  /** The caller gets the reason why the guess was not verified, even if the store cannot take the guess back. */
  async #giveBack(keys: CounterKeys, reservation: Reservation, reason: RefusalReason): Promise<void> {
    this.meter.refuse(reason)
    try {
      await this.#change(keys, (current) => ({ next: refunded(reservation, current), result: undefined }))
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
    }
  }

  #refused({ limit, seconds }: GuessRefusal): AuthError {
    this.meter.refuse(limit)
    return new AuthError('throttled', { retryAfterSeconds: seconds })
  }

  /** The numbers, and the trail. */
  async #tell(reservation: Reservation, context: RequestContext, whose: GuessKind['whose']): Promise<void> {
    const reached = limitsReached(reservation, this.#deps.clock.latest())
    for (const limit of reached) this.meter.lockOut(limit)
    await this.#deps.store.audit.note(guessEvents(await whose(), reached, context, this.#deps))
  }

  #change<T>(
    keys: CounterKeys,
    decide: (current: NamedCounters) => { readonly next: NamedChanges; readonly result: T },
  ): Promise<T> {
    return this.#deps.store.counters.change(Object.values(keys), (read) => {
      const { next, result } = decide(named(keys, read))
      return { next: namesOf(keys).map((name) => next[name]), result }
    })
  }
}

const isCounted = (counter: Counter | undefined): boolean => counter !== undefined

const namesOf = (keys: CounterKeys): CounterName[] => Object.keys(keys) as CounterName[]

/** @param read In the order of the keys. */
const named = (keys: CounterKeys, read: readonly (Counter | undefined)[]): NamedCounters =>
  Object.fromEntries(namesOf(keys).map((name, at) => [name, read[at]]))

/** Only cancellable work reads the signal. */
const fromKnown = (context: RequestContext, known: string | undefined): RequestContext => ({
  address: context.address,
  requestId: context.requestId,
  known,
  get signal() {
    return context.signal
  },
})

/**
 * Why a guess was not verified. A caller who goes away during the verification takes nothing back, and an error of any other sort does
 * not either: `StoreError` and `overloaded` alone are thrown before a secret was found wrong.
 */
function unjudged(error: unknown): RefusalReason | undefined {
  if (error instanceof AuthError && error.code === 'overloaded') return 'overloaded'
  return error instanceof StoreError && error.kind === 'unavailable' ? 'unavailable' : undefined
}
