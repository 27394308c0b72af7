/** Where a request came from: goes into the audit trail and chooses the throttle's address counter. */
export interface RequestContext {
  /** The peer's address as the binding saw it; `undefined` for the command line. */
  readonly address: string | undefined
  readonly requestId: string | undefined
  /** The `User-Agent` header, as it was sent. */
  readonly userAgent?: string | undefined
  /** Aborts when the caller went away. */
  readonly signal?: AbortSignal | undefined
  /**
   * Set by the throttle while it runs a guess: a digest of the account and the address prefix, where the account was logged
   * into from that prefix before. Such a caller has reserved places in the queues.
   */
  readonly known?: string | undefined
}
