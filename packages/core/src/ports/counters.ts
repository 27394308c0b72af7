import type { AuditEvent } from './audit.ts'

/** One throttle counter. Its key is a digest: names typed by strangers (sometimes passwords) are never stored. */
export interface Counter {
  readonly failures: number
  /** How many times it was blocked in a row: decides the length of the next block. */
  readonly strikes: number
  readonly windowStartedAt: number
  readonly blockedUntil: number
  /** Of an address prefix: its last success. Of an account: when an administrator unlocked it. */
  readonly succeededAt: number | undefined
}

/** Failure counters, in commits of their own: no refusal rolls one back (S11). */
export interface Counters {
  /** One read. The result is in the order of `keys`. */
  read(keys: readonly string[]): Promise<readonly (Counter | undefined)[]>
  /**
   * Reads, decides and writes in one atomic step. `decide` is pure and may be called again after a conflict; in `next`,
   * `undefined` leaves a counter as it is and `null` removes it.
   */
  change<T>(
    keys: readonly string[],
    decide: (current: readonly (Counter | undefined)[]) => {
      readonly next: readonly (Counter | null | undefined)[]
      readonly result: T
    },
  ): Promise<T>
  /** Removes a counter at an administrator's word. */
  clear(keys: readonly string[], audit: AuditEvent): Promise<void>
  /** Removes counters that have said nothing since `before`. Returns how many. */
  collectGarbage(before: number): Promise<number>
}
