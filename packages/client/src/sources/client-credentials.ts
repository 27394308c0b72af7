import type { AuthorizationServer } from '../authorization-server.ts'
import { isTransient } from '../errors.ts'
import { problemOf } from '../problem.ts'
import { withRetries } from '../retry.ts'
import { refreshAfterSeconds } from '../session/freshness.ts'
import { bearerTokenSet, type TokenSet } from '../session/token-set.ts'
import { singleFlight } from '../single-flight.ts'
import { Token } from '../token.ts'
import type { Auth, TokenSource } from './token-source.ts'

/** A registered client and what it asks for. */
export interface ClientCredentialsOptions {
  readonly clientId: string
  readonly clientSecret: string
  /** Space-separated (RFC 6749 §3.3). Default: all the client may have. */
  readonly scope?: string
  /** Who shall accept the token. Default: the server itself. */
  readonly audience?: string
}

const budgetSeconds = 30

/**
 * Tokens of a machine (RFC 6749 §4.4): asked for when needed, kept in memory, asked for again ahead of their expiry and
 * after a refusal. There is no refresh token, so there is nothing to store and nothing to lose.
 *
 * Its calls reject with ProblemError `invalid_client`, `invalid_scope`, … (RFC 6749 §5.2).
 */
export function clientCredentials(options: ClientCredentialsOptions): Auth {
  const { clientId, clientSecret, scope, audience } = options
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  if (scope !== undefined) form.set('scope', scope)
  if (audience !== undefined) form.set('audience', audience)
  const basic = btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)
  const headers = {
    Authorization: `Basic ${basic}`,
    'Content-Type': 'application/x-www-form-urlencoded',
    Accept: 'application/json',
  }
  return {
    connect: (server) =>
      machineTokens(server, async (timeoutSeconds: () => number) => {
        const request = {
          method: 'POST',
          path: '/oauth2/token',
          headers,
          body: form.toString(),
          timeoutSeconds: timeoutSeconds(),
        } as const
        const answer = await server.request(request)
        if (answer.status !== 200) throw problemOf(answer, answer.body, [clientSecret, basic])
        return bearerTokenSet(answer, { refreshToken: false })
      }),
  }
}

function machineTokens(
  server: AuthorizationServer,
  ask: (timeoutSeconds: () => number) => Promise<TokenSet>,
): TokenSource {
  let held: { readonly token: Token; readonly renewAt: number; readonly expiresAt: number } | undefined
  const now = () => server.clock.elapsedSeconds()
  const renew = singleFlight(async () => {
    const { accessToken, lifetimeSeconds, sentAt } = await withRetries(ask, budgetSeconds, server)
    const renewAt = sentAt + refreshAfterSeconds(lifetimeSeconds, server.random)
    held = { token: new Token(accessToken), renewAt, expiresAt: sentAt + lifetimeSeconds }
    return held.token
  })
  return {
    token: async () => {
      const old = held
      if (old && now() < old.renewAt) return old.token
      try {
        return await renew()
      } catch (error) {
        // It was ahead of time: while the old one lives, a server that is away for a moment does no harm.
        if (old && isTransient(error) && now() < old.expiresAt) return old.token
        throw error
      }
    },
    refused: async (token) => {
      const next = held && !held.token.equals(token) ? held.token : await renew()
      return next.equals(token) ? undefined : next
    },
    forget: async () => {
      held = undefined
    },
  }
}

/** RFC 6749 §2.3.1 and appendix B: both parts are form-encoded before they are joined by a colon. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
