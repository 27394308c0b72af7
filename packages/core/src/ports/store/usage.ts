import type { UseOrigin } from '../../model/authorization/authorization.ts'

/** A use of an Authorization. */
export interface Use {
  /** Epoch seconds. */
  readonly at: number
  /** `undefined`: not known. */
  readonly from?: UseOrigin | undefined
}

/** What happened often and is counted in memory, written together once a minute at most; losing it loses no promise. */
export interface UsageReport {
  /** What inactivity is decided by: `Clock.latest()` when the report is written. Epoch seconds. */
  readonly latest: number
  /** Authorization id → its last use. */
  readonly uses: ReadonlyMap<string, Use>
  /** Client tokens issued, per client and minute (`minute` = epoch seconds / 60, whole). */
  readonly issues: readonly { readonly clientId: string; readonly minute: number; readonly count: number }[]
}

export interface Usage {
  /**
   * `lastUsedAt` only ever grows, and `lastUsedFrom` goes with it. What has ended by inactivity at `latest` stays as it is: no report brings it back (I3). One
   * commit for the whole report, which is short.
   */
  record(report: UsageReport): Promise<void>
}
