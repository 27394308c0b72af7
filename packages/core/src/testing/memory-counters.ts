import type { Counter } from '../ports/store/counters.ts'
import { type CounterKeys, type CounterName, guessKeys, type NamedChanges } from '../throttle/guess-counters.ts'
import { type GuessRefusal, type Reservation, refunded, reserve, reserved, succeeded } from '../throttle/reservation.ts'

/** The counters of guesses in memory, decided by the domain's own rules: for tests that simulate years of guessing. */
export class MemoryCounters {
  readonly #counters = new Map<string, Counter>()

  /** One guess: counted, or refused. */
  reserve(
    { account, address, codeAlone = false }: SimulatedGuess,
    now: number,
  ): (Reservation & { readonly keys: CounterKeys }) | GuessRefusal {
    const keys = guessKeys(account, address, codeAlone)
    const decision = reserve(keys, this.#read(keys), now)
    if (!('counted' in decision)) return decision
    this.#write(keys, reserved(decision))
    return { ...decision, keys }
  }

  /** The guess was right. */
  succeed(reservation: Reservation & { readonly keys: CounterKeys }, now: number): void {
    this.#write(reservation.keys, succeeded(reservation, this.#read(reservation.keys), now))
  }

  /** The guess was not judged. */
  refund(reservation: Reservation & { readonly keys: CounterKeys }): void {
    this.#write(reservation.keys, refunded(reservation, this.#read(reservation.keys)))
  }

  /** What an administrator does, or what is left behind by a test. */
  set(key: string, counter: Counter): void {
    this.#counters.set(key, counter)
  }

  /** How many rows a store would hold, all of which mean something. */
  live(now: number): number {
    return [...this.#counters.values()].filter(({ endsAt }) => endsAt >= now).length
  }

  #read(keys: CounterKeys): { [K in CounterName]?: Counter | undefined } {
    return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, this.#counters.get(key)]))
  }

  #write(keys: CounterKeys, next: NamedChanges): void {
    for (const [name, key] of Object.entries(keys) as [CounterName, string][]) {
      const counter = next[name]
      if (counter === null) this.#counters.delete(key)
      else if (counter !== undefined) this.#counters.set(key, counter)
    }
  }
}

export interface SimulatedGuess {
  readonly account: string
  readonly address: string
  readonly codeAlone?: boolean
}
