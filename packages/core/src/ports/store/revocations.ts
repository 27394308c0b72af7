/**
 * The longest lifetime of any JWT, in seconds: 365 days. The contract and the configuration of the dialects allow no more, and
 * superseded signing keys are kept for verification as long.
 */
export const longestAccessSeconds = 31_536_000

/** The longest lifetime of a JWT for an API whose Authorization names none that is longer, in seconds: one hour. */
export const longestApiAccessSeconds = 3600

/**
 * How long after an event a token may still be dated that was issued on what was valid before it, in seconds. The event is dated
 * when it is asked for; its commit may wait for another process, and a request that has read the state before it may sign its
 * token later.
 */
export const issuingSeconds = 5

/** How long, in seconds, a verifier may accept a token beyond its `exp`: entries are kept as long. */
export const mostLeewaySeconds = 300

/**
 * What has ended, and which tokens it concerns.
 *
 * `token`: one token, by its `jti`. `authorization`: one Authorization, by its id (`sid`). `key`: a key set, by its `kid`.
 * `subject`: a user or client whose older tokens may have ended or state too high a role; `*`: all of them. `client`: a client;
 * `*`: all of them. `api`: an API, by the id of its registration.
 */
export type RevocationKind = 'token' | 'authorization' | 'client' | 'subject' | 'key' | 'api'

/** One entry of the revocation feed. It holds ids only. */
export interface Revocation {
  /** Its position: counts upwards by one in the order of the commits. */
  readonly sequence: number
  readonly kind: RevocationKind
  readonly id: string
  /** Tokens whose `iat` is later were issued after the commit. Epoch seconds. */
  readonly before: number
  /** The latest `exp` of a JWT that the entry concerns. Epoch seconds. */
  readonly until: number
  /**
   * The ids of the APIs that the ended Authorization was for, `issuer` for the issuer. `undefined`: the entry concerns every
   * reader, as epochs and keys do.
   */
  readonly apis: readonly string[] | undefined
}

/** The state of the feed. */
export interface RevocationFeed {
  /** The id of the feed: 22 lower-case hex digits. A restore makes a new feed; positions of another feed mean nothing. */
  readonly feed: string
  /** The position of the last entry; 0 if there was none yet. */
  readonly last: number
  /** The highest position that was removed. A reader at an earlier one, but for 0, has to begin anew. */
  readonly forgotten: number
}

/**
 * The revocation feed. Entries are written by the transitions of the other ports, in their commit. A unit is alone on the feed
 * from its first entry to its commit, so that no reader sees a later position before an earlier one.
 */
export interface Revocations {
  /**
   * One read, which is remembered until a commit. While nothing is committed, by this process or another one, asking again costs no
   * query.
   */
  state(): Promise<RevocationFeed>
  /** One read: the entries after a position, oldest first. */
  listAfter(sequence: number, limit: number): Promise<readonly Revocation[]>
  /**
   * Removes the entries whose `until` is before `latest`, in batches.
   *
   * @param latest `Clock.latest()`, epoch seconds.
   * @param signal Ends it after a batch.
   * @returns How many were removed.
   */
  collectGarbage(latest: number, signal?: AbortSignal): Promise<number>
  /**
   * Calls `listener` after each commit of this process that added entries. A commit of another process shows in `state` alone.
   *
   * @returns Ends the calls.
   */
  watch(listener: () => void): () => void
}
