import { fraction, type Random } from '../transport/clock.ts'

/** A token is replaced this long before it expires, or after four fifths of its lifetime if that is later. */
const aheadSeconds = 30

/** An access token, with times on the monotonic clock. */
export interface HeldToken {
  readonly accessToken: string
  readonly refreshAt: number
  readonly expiresAt: number
}

/**
 * Places an access token on the monotonic clock, with the moment when to replace it.
 *
 * That moment is random within half of the margin, so that processes that share a token do not refresh at the same time:
 * usually one refreshes and the others find the stored result.
 *
 * @param since When the lifetime began.
 */
export function heldSince(since: number, accessToken: string, lifetimeSeconds: number, random: Random): HeldToken {
  const expiresAt = since + lifetimeSeconds
  const marginSeconds = Math.min(aheadSeconds, lifetimeSeconds / 5) * (0.5 + fraction(random) / 2)
  return { accessToken, expiresAt, refreshAt: expiresAt - marginSeconds }
}
