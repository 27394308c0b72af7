/**
 * The client's clock. Expiry is decided by `elapsedSeconds`, so that a wrong or adjusted wall clock neither keeps an
 * expired token nor drops a valid one. `epochSeconds` is only written to the store, for other processes.
 *
 * @example
 * ```ts
 * import type { Clock } from '@countersign/client'
 *
 * const stopped: Clock = { epochSeconds: () => 1_700_000_000, elapsedSeconds: () => 0, wait: async () => {} }
 * ```
 */
export interface Clock {
  /** Wall clock, seconds since 1970. */
  epochSeconds(): number
  /** Seconds since some fixed moment; never decreases. */
  elapsedSeconds(): number
  /** Resolves after `seconds`, or when `signal` aborts. */
  wait(seconds: number, signal?: AbortSignal): Promise<void>
}

/**
 * A cryptographic random generator.
 *
 * @example
 * ```ts
 * import type { Random } from '@countersign/client'
 *
 * const random: Random = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) }
 * ```
 */
export interface Random {
  bytes(count: number): Uint8Array
}

/** The longest delay of a timer (HTML: 31 bits of milliseconds). A longer one would fire at once. */
const longestTimerSeconds = (2 ** 31 - 1) / 1000

/** The clock of the runtime: `Date`, `performance` and `setTimeout`. */
export const systemClock: Clock = {
  epochSeconds: () => Date.now() / 1000,
  elapsedSeconds: () => performance.now() / 1000,
  wait: async (seconds, signal) => {
    for (let left = seconds; left > 0 && !signal?.aborted; left -= longestTimerSeconds) {
      await timer(Math.min(left, longestTimerSeconds), signal)
    }
  },
}

function timer(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(started)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const started = setTimeout(done, seconds * 1000)
    signal?.addEventListener('abort', done)
  })
}

/** Web Crypto. */
export const systemRandom: Random = {
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
}

/** A random number from 0 up to, but not including, 1. For jitter. */
export function fraction(random: Random): number {
  return (random.bytes(1)[0] ?? 0) / 256
}

/** `count` random bytes as base64url without padding (RFC 4648 §5): 16 bytes yield 22 characters. */
export function randomName(random: Random, count: number): string {
  return base64(random.bytes(count)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Bytes in base64 (RFC 4648 §4). */
export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
