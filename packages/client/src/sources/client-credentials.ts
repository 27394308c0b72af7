import { oauthClient } from '../session/oauth-client.ts'
import { keyOf } from '../session/seen.ts'
import type { Auth, Target, TokenSource } from '../session/token-source.ts'
import { heldToken } from './held-token.ts'

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
  /** Space-separated scopes (RFC 6749 §3.3). Default: the scope of {@link createTokens}, or else all of the client. */
  readonly scope?: string
  /** The audience of the token. Default: the API that the tokens are created for, or else the server itself. */
  readonly audience?: string
}

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
  const { clientId, clientSecret, audience } = options
  return {
    connect: (server) => {
      const client = oauthClient(server, clientId, clientSecret)
      const sources = new Map<string, TokenSource>()
      const sourceOf = ({ resource, scope }: Target): TokenSource => {
        const key = keyOf({ resource, scope })
        const known = sources.get(key)
        if (known) return known
        const asked = {
          grant_type: 'client_credentials',
          // The default scope is that of the default API.
          scope: scope ?? (resource === undefined ? (options.scope ?? server.scope) : undefined),
          audience: resource === undefined ? audience : undefined,
          resource: resource ?? server.resources?.[0],
        }
        const source = heldToken(server, () => client.ask(asked), client.revoke)
        sources.set(key, source)
        return source
      }
      return {
        hasTargets: true,
        token: (request) => sourceOf(request).token(request),
        refused: (token, request) => sourceOf(request).refused(token, request),
        end: async () => {
          for (const source of sources.values()) await source.end?.()
        },
      }
    },
  }
}
