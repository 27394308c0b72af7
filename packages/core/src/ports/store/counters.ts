import type { AuditEvent } from '../../model/audit-event.ts'
import type { Unmet, WriteCondition } from './condition.ts'

/** One throttle counter. Its key is a digest: names typed by unknown callers (sometimes passwords) are never stored. */
export interface Counter {
  readonly failures: number
  /** How many times it was blocked in a row: decides the length of the next block. */
  readonly strikes: number
  readonly windowStartedAt: number
  readonly blockedUntil: number
  /** Of an address prefix: its last success. Of an account: when an administrator unlocked it. */
  readonly succeededAt: number | undefined
  /** Epoch seconds. From then on the row means nothing: a missing one decides alike. */
  readonly endsAt: number
}

/** Failure counters, in commits of their own: no refusal rolls one back (S11). */
export interface Counters {
  /** One read. The result is in the order of `keys`. */
  read(keys: readonly string[]): Promise<readonly (Counter | undefined)[]>
  /**
   * Reads, decides and writes in one unit, alone on each of the keys. `decide` is pure and may be called again. In `next`,
   * `undefined` leaves a counter as it is and `null` removes it.
   */
  change<T>(
    keys: readonly string[],
    decide: (current: readonly (Counter | undefined)[]) => {
      readonly next: readonly (Counter | null | undefined)[]
      readonly result: T
    },
  ): Promise<T>
  /** Sets what an administrator decides about failed attempts, in one commit with its audit event, alone on each of the keys. */
  unlock(unlocking: Unlocking, audit: AuditEvent, on?: WriteCondition): Promise<'unlocked' | Unmet>
  /** Removes counters that mean nothing any more (`endsAt` before `latest`, epoch seconds), until `signal`. Returns how many. */
  collectGarbage(latest: number, signal?: AbortSignal): Promise<number>
}

export interface Unlocking {
  /** The user whose wrong codes in a row are forgotten. Default is that they stay. */
  readonly forgiveCodesOf: string | undefined
  /** By key, what takes a counter's place; `null` removes it. */
  readonly counters: ReadonlyMap<string, Counter | null>
}
