import type { StoreHandle } from '../../open/open.ts'

/** Units that contend for something. */
export interface Contended {
  readonly name: string
  /** How the keys begin that keep them apart. `undefined`: they decide by a conditional write. */
  readonly aloneOn: string | undefined
  /** Runs them at once, and asserts what one after another would have left. */
  readonly run: (store: StoreHandle) => Promise<void>
}

export const atOnce = <T>(count: number, one: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => one(n + 1)))

export const countOf = <T>(outcomes: readonly T[], outcome: T): number =>
  outcomes.filter((one) => one === outcome).length
