import type { Domain } from '../domain/domain.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Caller } from '../model/caller.ts'
import type { AuditEntry, AuditExport, AuditFilter, AuditPlace, AuditRetention } from '../ports/store/audit.ts'

/** The audit trail: read, exported, and shortened. */
export class Audit {
  readonly #deps: Pick<Domain, 'store' | 'clock'>

  constructor(deps: Pick<Domain, 'store' | 'clock'>) {
    this.#deps = deps
  }

  /**
   * Newest first; see `AuditTrail.list`.
   *
   * @returns `next`: pass it as `before` for the next page; `undefined` on the last one.
   */
  async list(query: {
    readonly filter?: AuditFilter | undefined
    readonly before?: AuditPlace | undefined
    readonly limit: number
  }): Promise<{ readonly entries: readonly AuditEntry[]; readonly next: AuditPlace | undefined }> {
    // One more than the page tells whether there is a next one.
    const found = await this.#deps.store.audit.list({ ...query, limit: query.limit + 1 })
    const entries = found.slice(0, query.limit)
    return { entries, next: found.length > query.limit ? entries.at(-1) : undefined }
  }

  /** Oldest first, those after a place. */
  listAfter(sequence: number, limit: number): Promise<readonly AuditEntry[]> {
    return this.#deps.store.audit.listAfter(sequence, limit)
  }

  exported(): Promise<AuditExport> {
    return this.#deps.store.audit.exported()
  }

  /**
   * Records that the trail was exported from one place to another.
   *
   * @returns `conflict` if the trail was exported to another place meanwhile: then nothing is written.
   */
  recordExport(
    { since, to, entries }: { readonly since: AuditExport; readonly to: AuditExport; readonly entries: number },
    by: Caller,
  ): Promise<'recorded' | 'conflict'> {
    const detail = { entries, through: to.through, hash: to.hash }
    const event = auditEvent({ action: 'audit_exported', detail }, by, this.#deps)
    return this.#deps.store.audit.recordExport(since, to, event)
  }

  /** How many entries are older than they are kept for and stay, since they were never exported. */
  countOverdue(before: number): Promise<number> {
    return this.#deps.store.audit.countOverdue(before)
  }

  /**
   * Removes what is too old.
   *
   * @param retention `drop`: whether what was never exported is removed, too; an event says so.
   * @param signal Ends it early.
   */
  async shorten(
    { drop, ...times }: Omit<AuditRetention, 'drop'> & { readonly drop: boolean },
    by: Caller,
    signal?: AbortSignal,
  ): Promise<void> {
    const told = ({ count, through }: { readonly count: number; readonly through: number }) =>
      auditEvent({ action: 'audit_dropped', detail: { count, through } }, by, this.#deps)
    await this.#deps.store.audit.collectGarbage({ ...times, drop: drop ? told : undefined }, signal)
  }
}
