/** Time as the domain sees it: whole epoch seconds, always through this port. */
export interface Clock {
  /** The wall clock: what new tokens and rows are dated with. Epoch seconds. */
  now(): number
  /**
   * The later of the wall clock and the stored high-water mark: what expiry is decided by, so that a clock stepped back
   * never brings an expired token to life again (S13). Epoch seconds.
   */
  latest(): number
}
