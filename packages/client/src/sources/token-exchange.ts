import { oauthClient } from '../session/oauth-client.ts'
import { type Auth, connect, type TokenFunction, type TokenSource } from '../session/token-source.ts'
import { ProblemError, SessionExpiredError } from '../transport/errors.ts'
import type { Token } from '../transport/token.ts'
import { heldToken } from './held-token.ts'

/**
 * Options of {@link tokenExchange}.
 *
 * @example
 * ```ts
 * import { passwordSession, type TokenExchangeOptions } from '@countersign/client'
 *
 * const options: TokenExchangeOptions = {
 *   subject: passwordSession({ username: 'ada', password: 'correct horse battery' }),
 *   resource: 'https://orders.example',
 *   scope: 'orders:read',
 *   clientId: 'countersign',
 * }
 * ```
 */
export interface TokenExchangeOptions {
  /** Source of the subject token, such as `passwordSession`, or a function that returns it. */
  readonly subject: Auth | TokenSource | TokenFunction
  /** The API that the token is for (RFC 8707): an absolute URI. */
  readonly resource: string
  /** Space-separated scopes (RFC 6749 §3.3). Default: all that the subject, the client and the API allow. */
  readonly scope?: string
  /** The client that exchanges. */
  readonly clientId: string
  /** Sent by Basic. Default: none, for a public client. */
  readonly clientSecret?: string
}

/** Codes for a subject token that is not accepted (RFC 8693 §2.2.2). */
const aboutTheSubject: readonly string[] = ['invalid_grant', 'invalid_request']

/**
 * Tokens for another API, in exchange for a subject token (RFC 8693). A token is requested on first use, kept in memory,
 * and replaced before it expires and after a refusal. If the subject token is refused, its source is asked for another
 * one, once. Signing out revokes the token that was issued (RFC 7009), and does not end the subject's session.
 *
 * Calls reject with ProblemError `invalid_target`, `invalid_scope`, `invalid_client`, … if the exchange is refused; with
 * the errors of the subject's source; and with SessionExpiredError if that source has no token.
 *
 * @param options The subject token, the API, and the client.
 * @example
 * ```ts
 * import { createClient, passwordSession, tokenExchange } from '@countersign/client'
 *
 * const auth = tokenExchange({
 *   subject: passwordSession({ username: 'ada', password: 'correct horse battery' }),
 *   resource: 'https://orders.example',
 *   clientId: 'countersign',
 * })
 * const client = createClient({ baseUrl: 'https://auth.example', auth })
 * ```
 */
export function tokenExchange(options: TokenExchangeOptions): Auth {
  const { subject, resource, scope, clientId, clientSecret } = options
  return {
    connect: (server) => {
      const source = connect(subject, server)
      const client = oauthClient(server, clientId, clientSecret)
      const presentation = { method: 'POST', url: `${server.baseUrl}/oauth2/token` }
      const exchange = (token: Token) => {
        const subject = token.reveal()
        const asked = {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: subject,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          resource,
          scope,
        }
        return client.ask(asked, [subject])
      }
      const ask = async () => {
        const token = await source.token(presentation)
        if (!token) throw new SessionExpiredError()
        try {
          return await exchange(token)
        } catch (error) {
          if (!(error instanceof ProblemError && aboutTheSubject.includes(error.code))) throw error
          const fresh = await source.refused(token, presentation)
          if (!fresh) throw error
          return await exchange(fresh)
        }
      }
      return heldToken(server, ask, client.revoke)
    },
  }
}
