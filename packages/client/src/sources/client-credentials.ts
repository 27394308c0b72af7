import { refreshAfterSeconds } from '../session/freshness.ts'
import { bearerTokenSet, type TokenSet } from '../session/token-set.ts'
import type { Auth, TokenSource } from '../session/token-source.ts'
import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { isTransient } from '../transport/errors.ts'
import { problemOf } from '../transport/problem.ts'
import { withRetries } from '../transport/retry.ts'
import { singleFlight } from '../transport/single-flight.ts'
import { Token } from '../transport/token.ts'

/**
 * Options of {@link clientCredentials}.
 *
 * @example
 * ```ts
 * import type { ClientCredentialsOptions } from '@countersign/client'
 *
 * const options: ClientCredentialsOptions = { clientId: 'reports', clientSecret: 'cs_key_…', scope: 'read' }
 * ```
 */
export interface ClientCredentialsOptions {
  readonly clientId: string
  readonly clientSecret: string
  /** Space-separated scopes (RFC 6749 §3.3). Default: all scopes of the client. */
  readonly scope?: string
  /** The audience of the token. Default: the server itself. */
  readonly audience?: string
}

const budgetSeconds = 30

/**
 * Tokens of a client (RFC 6749 §4.4). A token is requested on first use, kept in memory, and replaced before it expires
 * and after a refusal. There is no refresh token, so nothing is stored. Signing out revokes the token (RFC 7009).
 *
 * Calls reject with ProblemError `invalid_client`, `invalid_scope`, … if the token request is refused (RFC 6749 §5.2).
 *
 * @param options The client's id and secret, and the requested scope and audience.
 * @example
 * ```ts
 * import { clientCredentials, createClient } from '@countersign/client'
 *
 * const client = createClient({
 *   baseUrl: 'https://auth.example',
 *   auth: clientCredentials({ clientId: 'reports', clientSecret: 'cs_key_…', audience: 'https://api.example' }),
 * })
 * ```
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
    connect: (server) => {
      const post = (path: string, body: URLSearchParams, timeoutSeconds: number) =>
        server.request({ method: 'POST', path, headers, body: body.toString(), timeoutSeconds })
      const ask = async (timeoutSeconds: () => number) => {
        const answer = await post('/oauth2/token', form, timeoutSeconds())
        if (answer.status !== 200) throw problemOf(answer, answer.body, [clientSecret, basic])
        return bearerTokenSet(answer, { refreshToken: false })
      }
      const revoke = async (token: Token) => {
        const answer = await post('/oauth2/revoke', new URLSearchParams({ token: token.reveal() }), budgetSeconds)
        if (answer.status !== 200) throw problemOf(answer, answer.body, [clientSecret, basic, token.reveal()])
      }
      return clientTokens(server, ask, revoke)
    },
  }
}

function clientTokens(
  server: AuthorizationServer,
  ask: (timeoutSeconds: () => number) => Promise<TokenSet>,
  revoke: (token: Token) => Promise<void>,
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
      if (held && now() < held.expiresAt) await revoke(held.token)
      held = undefined
    },
  }
}

/** Both parts are form-encoded before they are joined by a colon (RFC 6749 §2.3.1 and appendix B). */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
