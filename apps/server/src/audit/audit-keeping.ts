// How long the audit trail is kept, and which entries stay although they are overdue. Does not know who reads the
// numbers.
import { type Audit, localCaller, StoreError } from '@countersign/core'
import type { SystemClock } from '../adapters/system-clock.ts'
import type { Config } from '../config/config.ts'

const daySeconds = 86_400
/** Seconds for which a count is cached. */
const freshSeconds = 60

export type AuditSettings = Pick<Config, 'auditDays' | 'rotationAuditDays' | 'auditDrop'>

/** Entries before this time are overdue. Epoch seconds. */
export const overdueBefore = ({ auditDays }: Pick<Config, 'auditDays'>, latest: number): number =>
  latest - auditDays * daySeconds

export class AuditKeeping {
  readonly #audit: Pick<Audit, 'countOverdue' | 'shorten'>
  readonly #clock: Pick<SystemClock, 'latest'>
  readonly #settings: AuditSettings
  #seen: { readonly overdue: number; readonly at: number } | undefined

  constructor(
    audit: Pick<Audit, 'countOverdue' | 'shorten'>,
    clock: Pick<SystemClock, 'latest'>,
    settings: AuditSettings,
  ) {
    this.#audit = audit
    this.#clock = clock
    this.#settings = settings
  }

  /**
   * Deletes entries that are overdue and may be deleted.
   *
   * @param signal Ends it early.
   */
  async tidy(signal?: AbortSignal): Promise<void> {
    const { rotationAuditDays, auditDrop: drop } = this.#settings
    const latest = this.#clock.latest()
    const rotationsBefore = latest - rotationAuditDays * daySeconds
    await this.#audit.shorten(
      { before: overdueBefore(this.#settings, latest), rotationsBefore, drop },
      localCaller,
      signal,
    )
  }

  /**
   * The number of overdue entries that were never exported, at most a minute old. While the store cannot be read, it is
   * the last known number; `/readyz` reports the failure.
   */
  async overdue(): Promise<number> {
    const latest = this.#clock.latest()
    if (this.#seen && latest - this.#seen.at < freshSeconds) return this.#seen.overdue
    try {
      const overdue = await this.#audit.countOverdue(overdueBefore(this.#settings, latest))
      this.#seen = { overdue, at: latest }
      return overdue
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return this.#seen?.overdue ?? 0
    }
  }
}
