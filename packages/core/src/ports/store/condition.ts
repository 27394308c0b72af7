/**
 * What a write depends on. The store checks it in the transaction of the write, alone on the user: a proof that was verified before
 * something changed permits nothing.
 */
export interface WriteCondition {
  /** A user as they were when the write was decided: `User.version` must still be this one. */
  readonly user?: { readonly id: string; readonly version: number } | undefined
  /** The id of the Authorization that asked. It must be active. */
  readonly asking?: string | undefined
  /** What the activity of `asking` is decided by: `Clock.latest()`. Epoch seconds. */
  readonly latest: number
}

/** Why a write did not happen. `stale`: the user changed meanwhile. `ended`: the Authorization that asked is not active. */
export type Unmet = 'stale' | 'ended'
