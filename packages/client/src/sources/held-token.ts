// A token that is kept in memory and requested again: of grants without a refresh token.
import { type HeldToken, heldSince } from '../session/freshness.ts'
import type { TokenSet } from '../session/token-set.ts'
import type { TokenSource } from '../session/token-source.ts'
import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { isTransient } from '../transport/problem.ts'
import { singleFlight } from '../transport/single-flight.ts'
import { Token } from '../transport/token.ts'

/**
 * A source that requests a token on first use, ahead of its expiry and after a refusal, once for all waiting calls.
 *
 * @param ask Requests a token.
 * @param revoke Revokes a token at the server. Default: signing out only forgets it.
 */
export function heldToken(
  server: AuthorizationServer,
  ask: () => Promise<TokenSet>,
  revoke?: (token: string) => Promise<void>,
): TokenSource {
  let held: (HeldToken & { readonly token: Token }) | undefined
  const now = () => server.clock.elapsedSeconds()
  const renew = singleFlight(async () => {
    const { accessToken, lifetimeSeconds, sentAt } = await ask()
    const placed = heldSince(sentAt, accessToken, lifetimeSeconds, server.random)
    held = { ...placed, token: new Token(accessToken) }
    return held.token
  })
  return {
    token: async () => {
      const old = held
      if (old && now() < old.refreshAt) return old.token
      try {
        return await renew()
      } catch (error) {
        // The refresh was early: while the old token is valid, a short outage of the server does no harm.
        if (old && isTransient(error) && now() < old.expiresAt) return old.token
        throw error
      }
    },
    refused: async (token) => {
      const next = held && !held.token.equals(token) ? held.token : await renew()
      return next.equals(token) ? undefined : next
    },
    end: async () => {
      await renew.settled()
      if (held && now() < held.expiresAt) await revoke?.(held.token.reveal())
      held = undefined
    },
  }
}
