/**
 * Time, as the client sees it. Freshness is judged by `elapsedSeconds`, so that a wrong or jumping wall clock neither
 * keeps a dead token nor drops a live one; `epochSeconds` is written to the store for other processes only.
 */
export interface Clock {
  /** Wall clock, seconds since 1970. */
  epochSeconds(): number
  /** Seconds since some fixed moment; never steps back. */
  elapsedSeconds(): number
  /** Resolves after `seconds`, or at once (also resolving) when `signal` aborts. */
  wait(seconds: number, signal?: AbortSignal): Promise<void>
}

/** Cryptographic randomness. */
export interface Random {
  bytes(count: number): Uint8Array
}

/** What a timer can wait for (HTML, 32 bits of milliseconds); it does not wait at all for more. */
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

/** A number from 0 up to, not including, 1: for jitter. */
export function fraction(random: Random): number {
  return (random.bytes(1)[0] ?? 0) / 256
}

/** `count` random bytes as base64url without padding (RFC 4648 §5): 16 bytes give 22 characters. */
export function randomName(random: Random, count: number): string {
  return btoa(String.fromCharCode(...random.bytes(count)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
