import type { AuditEvent } from '../../model/audit-event.ts'

/** How long alike events are counted before their count is a row, in seconds. */
export const tallySeconds = 900

/** A row as it is read back, with its place in the trail. */
export interface AuditEntry extends Omit<AuditEvent, 'tally'> {
  /** Counts upwards in the order of the commits; both trails share it. */
  readonly sequence: number
}

/** A place in a list: that of its last entry. */
export type AuditPlace = Pick<AuditEntry, 'sequence' | 'at'>

/** Which entries are meant; all that is said must hold. */
export interface AuditFilter {
  /** The id of a user or a client. */
  readonly subject?: string | undefined
  /** The id of a user or a client. */
  readonly actor?: string | undefined
  readonly clientId?: string | undefined
  readonly action?: string | undefined
  readonly authorizationId?: string | undefined
  /** The earliest time, epoch seconds. */
  readonly from?: number | undefined
  /** The time before which it was, epoch seconds. */
  readonly to?: number | undefined
}

/** How far the trail was exported. */
export interface AuditExport {
  /** The last entry that was. 0: none. */
  readonly through: number
  /** The hash of its line, 64 hexadecimal digits; that of the beginning where nothing was exported. */
  readonly hash: string
}

/** What `previous` says in the first line of the first export. */
export const auditBeginning = '0'.repeat(64)

/** How long entries are kept. */
export interface AuditRetention {
  /** Entries that are older go, once they were exported. Epoch seconds. */
  readonly before: number
  /** Rotations that are older go, exported or not. Epoch seconds. */
  readonly rotationsBefore: number
  /** Whether entries that are too old go although they were never exported: then this event says so, in the commit before. */
  readonly drop: ((facts: AuditDrop) => AuditEvent) | undefined
}

/** What goes without having been exported. */
export interface AuditDrop {
  readonly count: number
  /** The last entry of them. */
  readonly through: number
}

/**
 * The audit trail, and the trail of rotations (`authorization_rotated`), which has more entries than all else together and is
 * kept for a shorter time. Writing is part of each transition of the other ports, but for what is no transition. A unit is alone
 * on both trails from its first entry to its commit, so that places are in the order of commits.
 */
export interface AuditTrail {
  /**
   * Newest first. Without a filter in the order of the commits; with one in that of the times that entries carry, which differs
   * where a clock was set back. Each filter has an index.
   *
   * @param page `before`: the last entry of the page before.
   */
  list(page: {
    readonly filter?: AuditFilter | undefined
    readonly before?: AuditPlace | undefined
    readonly limit: number
  }): Promise<readonly AuditEntry[]>
  /** Oldest first, those after a place. */
  listAfter(sequence: number, limit: number): Promise<readonly AuditEntry[]>
  /** Writes what happened without a change, in a commit of its own. */
  note(events: readonly AuditEvent[]): Promise<void>
  /**
   * Writes the counts of similar events whose time is over at `latest` (epoch seconds). An event that is counted at the same time
   * is written later. Returns the number of rows.
   */
  settle(latest: number, signal?: AbortSignal): Promise<number>
  exported(): Promise<AuditExport>
  /**
   * Records that everything up to a place was exported; from then on it may be removed. Alone on the record of exports.
   * `conflict` if the trail was not exported exactly as far as `since`: then nothing is written.
   */
  recordExport(since: AuditExport, to: AuditExport, audit: AuditEvent): Promise<'recorded' | 'conflict'>
  /** How many entries are older than they are kept for (`AuditRetention.before`) and stay, since they were never exported. */
  countOverdue(before: number): Promise<number>
  /**
   * Removes what is too old, and records a drop alone on the record of exports. The newest entry of each trail stays. Returns the
   * number of rows removed.
   *
   * @param signal Ends it after a batch.
   */
  collectGarbage(retention: AuditRetention, signal?: AbortSignal): Promise<number>
}
