import { fraction, type Random } from '../transport/clock.ts'

/** A token is replaced this long before it expires, unless it lives so shortly that a fifth of its life is less. */
const aheadSeconds = 30

/**
 * When to replace a token, on the clock that never steps back.
 *
 * The moment varies by half, so that processes which share a token do not all come at once: mostly one refreshes and
 * the others find what it stored.
 *
 * @param lifetimeSeconds What is left of the token's life.
 * @returns Seconds from now.
 */
export function refreshAfterSeconds(lifetimeSeconds: number, random: Random): number {
  return lifetimeSeconds - Math.min(aheadSeconds, lifetimeSeconds / 5) * (0.5 + fraction(random) / 2)
}
