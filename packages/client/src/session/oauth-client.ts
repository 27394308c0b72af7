// A client's own requests at the OAuth endpoints: its authentication, the token request, the revocation.

import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { withRetries } from '../transport/retry.ts'
import { ask } from './ask.ts'
import { bearerTokenSet, type TokenSet } from './token-set.ts'

type Parameters = Readonly<Record<string, string | undefined>>

const budgetSeconds = 30

/** The requests of one client. */
export interface OauthClient {
  /**
   * Requests a token (RFC 6749 §3.2), with retries.
   *
   * @param parameters Those that are `undefined` are not sent.
   * @param secrets They must not appear in an error.
   */
  ask(parameters: Parameters, secrets?: readonly string[]): Promise<TokenSet>
  /** Revokes an access token or a refresh token (RFC 7009). A refresh token is revoked with its session. */
  revoke(token: string): Promise<void>
}

/** @param clientSecret Sent by Basic (RFC 6749 §2.3.1). A public client has none, and sends its id in the form. */
export function oauthClient(server: AuthorizationServer, clientId: string, clientSecret?: string): OauthClient {
  const basic = clientSecret === undefined ? '' : btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)
  const post = (path: string, parameters: Parameters, secrets: readonly string[], timeoutSeconds?: number) => {
    const body = new URLSearchParams(basic === '' ? { client_id: clientId } : {})
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) body.set(name, value)
    return ask(server, `/oauth2/${path}`, {
      headers: basic === '' ? {} : { Authorization: `Basic ${basic}` },
      body,
      timeoutSeconds,
      secrets: [clientSecret ?? '', basic, ...secrets],
    })
  }
  return {
    ask: (parameters, secrets = []) => {
      const attempt = async (timeoutSeconds: () => number) =>
        bearerTokenSet(await post('token', parameters, secrets, timeoutSeconds()), { refreshToken: false })
      return withRetries(attempt, budgetSeconds, server)
    },
    revoke: async (token) => {
      await post('revoke', { token }, [token])
    },
  }
}

/** Both parts are form-encoded before they are joined by a colon (RFC 6749 §2.3.1 and appendix B). */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
