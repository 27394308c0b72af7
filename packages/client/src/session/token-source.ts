// Token sources: how a client obtains, keeps and revokes tokens. The folder session/ must not know which calls the
// tokens are for.
import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { Token } from '../transport/token.ts'
import type { Advisory } from './advisory.ts'
import type { TokenStore } from './token-store.ts'

/**
 * What a token is for.
 *
 * @example
 * ```ts
 * import type { Target } from '@countersign/client'
 *
 * const target: Target = { resource: 'https://orders.example', scope: 'orders:read' }
 * ```
 */
export interface Target {
  /** The identifier of the API (RFC 8707). Default: the first API that the tokens were created for. */
  readonly resource?: string | undefined
  /** Space-separated scopes (RFC 6749 §3.3). Default: the scope that the tokens were created for. */
  readonly scope?: string | undefined
}

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
export interface Presentation extends Target {
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
   * Whether `resource` and `scope` of a {@link Presentation} are honoured. Default: false, all tokens are for one API.
   */
  readonly hasTargets?: boolean
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
 * The server as a source uses it, with what the tokens are for.
 *
 * @example
 * ```ts
 * import type { IssuingServer } from '@countersign/client'
 *
 * export const defaultApi = ({ baseUrl, resources = [baseUrl] }: IssuingServer) => resources[0]
 * ```
 */
export interface IssuingServer extends AuthorizationServer {
  /** The APIs that a session is opened for (RFC 8707); the first is the default. Absent: the server itself. */
  readonly resources?: readonly string[] | undefined
  /** The scope that a login or a client asks for, space-separated. Absent: all that is allowed. */
  readonly scope?: string | undefined
  /** The store of sessions, unless the source has one of its own. */
  readonly store?: TokenStore | undefined
  /** Whether a session is ended at the revocation endpoint (RFC 7009). Default: by `DELETE /v1/sessions/current`. */
  readonly revokes?: boolean
  /** Receives what is worth logging. */
  advise?(advisory: Advisory): void
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
  connect(server: IssuingServer): TokenSource
}

/**
 * The simplest token source: a function that is called for every request. It must honour the request's `resource` and
 * `scope`, if its tokens are used for more than one API.
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
export function connect(auth: Auth | TokenSource | TokenFunction, server: IssuingServer): TokenSource {
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
    hasTargets: true,
    token,
    refused: async (refused, request) => {
      const next = await token(request)
      return next?.equals(refused) ? undefined : next
    },
  }
}
