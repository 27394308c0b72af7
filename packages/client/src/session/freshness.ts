import { fraction, type Random } from '../transport/clock.ts'

/** A token is replaced this long before it expires, or after four fifths of its lifetime if that is later. */
const aheadSeconds = 30

/**
 * When to replace a token, on the monotonic clock.
 *
 * The moment is random within half of the margin, so that processes that share a token do not refresh at the same time:
 * usually one refreshes and the others find the stored result.
 *
 * @param lifetimeSeconds Remaining lifetime of the token.
 * @returns Seconds from now.
 */
export function refreshAfterSeconds(lifetimeSeconds: number, random: Random): number {
  return lifetimeSeconds - Math.min(aheadSeconds, lifetimeSeconds / 5) * (0.5 + fraction(random) / 2)
}
