// How long the trail is kept, and what stays although it is too old. It must not know who watches.
import { type Audit, localCaller, StoreError } from '@countersign/core'
import type { SystemClock } from '../adapters/system-clock.ts'
import type { Config } from '../config/config.ts'

const daySeconds = 86_400
/** For how long a number is not looked up again, in seconds. */
const freshSeconds = 60

export type AuditSettings = Pick<Config, 'auditDays' | 'rotationAuditDays' | 'auditDrop'>

/** The time before which entries are too old. Epoch seconds. */
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

  /** Forgets what is too old and may go. */
  async tidy(): Promise<void> {
    const { rotationAuditDays, auditDrop: drop } = this.#settings
    const latest = this.#clock.latest()
    const rotationsBefore = latest - rotationAuditDays * daySeconds
    await this.#audit.shorten({ before: overdueBefore(this.#settings, latest), rotationsBefore, drop }, localCaller)
  }

  /**
   * How many entries are too old and were never exported, at most a minute ago. While the store cannot be read it is what was seen
   * last: `/readyz` tells that.
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
