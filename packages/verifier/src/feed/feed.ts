/** Where the verifier learns of revocations. */
export interface Feed {
  /** The elapsed seconds of the clock as of which everything is known; `-Infinity` until it was read to its end. */
  readonly freshAsOf: number
  readonly id: string | undefined
  /** Begins to read, if it does not read yet. */
  start(): void
  /**
   * Resolves when the first attempt to read to the end has ended, well or not; or, where the feed is polled, when a poll
   * that is due has.
   */
  settled(): Promise<void>
  close(): void
}

/** Without a feed nothing is known. */
export const noFeed: Feed = {
  freshAsOf: Number.NEGATIVE_INFINITY,
  id: undefined,
  start: () => {},
  settled: async () => {},
  close: () => {},
}
