import type { AuditEvent } from '../../model/audit-event.ts'

/** Small facts about the data folder itself. */
export interface Marks {
  /** The stored high-water mark of the clock, epoch seconds; 0 in an empty store. */
  highWater(): Promise<number>
  /** Raises the mark; never lowers it. */
  raiseHighWater(at: number): Promise<void>
  /** Sets the mark to `at`, even if that is lower: the administrator vouches for the wall clock (`doctor --reset-clock`). */
  resetHighWater(at: number, audit: AuditEvent): Promise<void>
  /** The issuer that was served last; `undefined` before the first `serve`. */
  servedIssuer(): Promise<string | undefined>
  /**
   * Records the issuer that is served from now on, alone on that record. The event is written only if another one was served
   * before.
   */
  recordServedIssuer(issuer: string, audit: AuditEvent): Promise<void>
}
