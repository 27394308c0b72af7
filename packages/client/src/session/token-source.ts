// Token sources: how a client obtains, keeps and revokes tokens. The folder session/ must not know which calls the
// tokens are for.
import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { Token } from '../transport/token.ts'

/**
 * The request that needs a token.
 *
 * @example
 * ```ts
 * import type { Presentation } from '@countersign/client'
 *
 * const isRead = ({ method }: Presentation) => method === 'GET'
 * export const auth = (request: Presentation) => (isRead(request) ? 'cs_pat_read…' : 'cs_pat_write…')
 * ```
 */
export interface Presentation {
  readonly method: string
  readonly url: string
}

/**
 * Supplies tokens.
 *
 * @example
 * ```ts
 * import { createClient, Token, type TokenSource } from '@countersign/client'
 *
 * declare const vault: { read(): Promise<string> }
 * const source: TokenSource = {
 *   token: async () => new Token(await vault.read()),
 *   refused: async () => undefined,
 * }
 * const client = createClient({ baseUrl: 'https://auth.example', auth: source })
 * ```
 */
export interface TokenSource {
  /**
   * The token to present, refreshed before it expires; `undefined` presents none.
   *
   * @param request The request that needs it.
   * @throws SessionExpiredError If the user must log in again.
   */
  token(request: Presentation): Promise<Token | undefined>
  /**
   * Called when the server refused `token` with a 401. A different token is tried once; `undefined` gives up.
   *
   * @param token The refused token.
   * @param request The request that presented it.
   * @throws SessionExpiredError If the user must log in again.
   */
  refused(token: Token, request: Presentation): Promise<Token | undefined>
  /**
   * Revokes the session or token at the server, then deletes it here and in the store. It is not an error if it has
   * already ended. Default: ends the session of the token, if it has one, and deletes nothing.
   *
   * @throws TransportError If the server could not be reached; nothing is deleted then.
   */
  end?(): Promise<void>
}

/**
 * A token source that is not yet connected to a server, such as the result of {@link passwordSession}.
 *
 * @example
 * ```ts
 * import { type Auth, clientCredentials, passwordSession } from '@countersign/client'
 *
 * export const authFor = (user?: { username: string; password: string }): Auth =>
 *   user ? passwordSession(user) : clientCredentials({ clientId: 'reports', clientSecret: 'cs_key_…' })
 * ```
 */
export interface Auth {
  connect(server: AuthorizationServer): TokenSource
}

/**
 * The simplest token source: a function that is called for every request.
 *
 * @example
 * ```ts
 * import { createClient, type TokenFunction } from '@countersign/client'
 *
 * const auth: TokenFunction = () => sessionStorage.getItem('token') ?? undefined
 * const client = createClient({ baseUrl: 'https://auth.example', auth })
 * ```
 */
export type TokenFunction = (request: Presentation) => string | undefined | Promise<string | undefined>

/** Makes a token source from the `auth` option. */
export function connect(auth: Auth | TokenSource | TokenFunction, server: AuthorizationServer): TokenSource {
  if (typeof auth === 'function') return functionSource(auth)
  return 'connect' in auth ? auth.connect(server) : auth
}

/**
 * One token that never changes, such as a personal API token.
 *
 * @param token The bearer token. If the server refuses it, the call gets that refusal.
 * @throws TypeError If it is not a bearer token (RFC 6750 §2.1).
 * @example
 * ```ts
 * import { createClient, staticToken } from '@countersign/client'
 *
 * const client = createClient({ baseUrl: 'https://auth.example', auth: staticToken('cs_pat_…') })
 * ```
 */
export function staticToken(token: string): TokenSource {
  const kept = new Token(token)
  return { token: async () => kept, refused: async () => undefined }
}

function functionSource(ask: TokenFunction): TokenSource {
  const token = async (request: Presentation) => {
    const value = await ask(request)
    return value === undefined ? undefined : new Token(value)
  }
  return {
    token,
    refused: async (refused, request) => {
      const next = await token(request)
      return next?.equals(refused) ? undefined : next
    },
  }
}
