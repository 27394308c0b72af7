import type { GuessLimit } from './reservation.ts'

/** Why a guess was not verified: a limit, or a full queue, or an unavailable store. */
export type RefusalReason = GuessLimit | 'overloaded' | 'unavailable'

const guessLimits = ['account', 'known', 'address', 'prefix', 'codes'] as const satisfies readonly GuessLimit[]
const refusalReasons = [...guessLimits, 'overloaded', 'unavailable'] as const satisfies readonly RefusalReason[]

/** Numbers about guesses in this process, since it began. Nothing of them names a user, a client or an address. */
export class GuessMeter {
  readonly #refused = new Map<RefusalReason, number>(refusalReasons.map((reason) => [reason, 0]))
  readonly #lockedOut = new Map<GuessLimit, number>(guessLimits.map((limit) => [limit, 0]))

  /** Guesses that were not verified, by reason. */
  get refused(): ReadonlyMap<RefusalReason, number> {
    return this.#refused
  }

  /** How often a wrong guess reached a limit, so that the next one is refused for a while. */
  get lockedOut(): ReadonlyMap<GuessLimit, number> {
    return this.#lockedOut
  }

  refuse(reason: RefusalReason): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
  }

  lockOut(limit: GuessLimit): void {
    this.#lockedOut.set(limit, (this.#lockedOut.get(limit) ?? 0) + 1)
  }
}
