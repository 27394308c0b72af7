/**
 * The verifier's clock. Expiry of tokens is decided by the wall clock. The age of what is known is decided by
 * `elapsedSeconds`, which an adjusted wall clock does not change.
 *
 * @example
 * ```ts
 * import type { Clock } from '@countersign/verifier'
 *
 * const stopped: Clock = { epochSeconds: () => 1_700_000_000, elapsedSeconds: () => 0, wait: async () => {} }
 * ```
 */
export interface Clock {
  /** Wall clock, seconds since 1970, with fractions. */
  epochSeconds(): number
  /** Seconds since some fixed moment; never decreases. */
  elapsedSeconds(): number
  /** Resolves after `seconds`, or when `signal` aborts. */
  wait(seconds: number, signal: AbortSignal): Promise<void>
}

/** The clock of the runtime: `Date`, `performance` and `setTimeout`. */
export const systemClock: Clock = {
  epochSeconds: () => Date.now() / 1000,
  elapsedSeconds: () => performance.now() / 1000,
  wait: (seconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, seconds * 1000)
      signal.addEventListener('abort', done)
    }),
}
