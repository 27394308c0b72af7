import type { Auth, Target, TokenFunction, TokenSource } from '../session/token-source.ts'
import type { TokenStore } from '../session/token-store.ts'
import type { Clock, Random } from '../transport/clock.ts'
import type { Token } from '../transport/token.ts'
import type { Fetch } from '../transport/transport.ts'
import type { TokenEvents } from './events.ts'

/**
 * Options of {@link createTokens}.
 *
 * @example
 * ```ts
 * import { clientCredentials, type TokensOptions } from '@countersign/client'
 *
 * const options: TokensOptions = {
 *   issuer: 'https://auth.example',
 *   auth: clientCredentials({ clientId: 'reports', clientSecret: 'cs_key_…' }),
 *   resource: 'https://orders.example',
 *   scope: 'orders:read',
 * }
 * ```
 */
export interface TokensOptions {
  /** The server that issues the tokens: its URL, optionally with a path. */
  readonly issuer: string | URL
  /** The source of tokens. */
  readonly auth: Auth | TokenSource | TokenFunction
  /** Where a session is stored, unless its source has a store of its own. Default: in memory. */
  readonly store?: TokenStore
  /**
   * The identifiers of the APIs that the tokens are for (RFC 8707). A login names all of them; the first one is the
   * default of {@link Tokens.get}. Default: the issuer itself.
   */
  readonly resource?: string | readonly string[]
  /** Space-separated scopes that a login or a client asks for. Default: all that user, client and API allow. */
  readonly scope?: string
  /** Further origins that get the tokens of the default API, such as `https://api.example`. Default: none. */
  readonly origins?: readonly (string | URL)[]
  /** Sends requests to the network, to the issuer and to the APIs. Default: the runtime's `fetch`. */
  readonly fetch?: Fetch
  /** Accepts plain `http:` to hosts other than loopback; passwords and tokens are sent in clear text. Default: false. */
  readonly allowInsecureHttp?: boolean
  /** Seconds in which a refresh may be repeated. Default: the value in the server's metadata, otherwise 60. */
  readonly retryWindowSeconds?: number
  /** The clock; tests replace it. Default: the runtime's. */
  readonly clock?: Clock
  /** Randomness for retry keys and jitter; tests replace it. Default: Web Crypto. */
  readonly random?: Random
}

/**
 * Tokens for APIs. They are a {@link TokenSource}, so that {@link createClient} takes them as `auth`.
 *
 * @example
 * ```ts
 * import type { Tokens } from '@countersign/client'
 *
 * export const orders = async (tokens: Tokens) => (await tokens.fetch('https://orders.example/orders')).json()
 * ```
 */
export interface Tokens extends TokenSource {
  /** The server that issues the tokens; absolute, without a trailing slash. */
  readonly issuer: string
  /**
   * Called like the runtime's `fetch`. It needs no `this`, so it can be handed to a library.
   *
   * - The token of an API is sent to the origin of its identifier, that of the default API also to `origins`. Any other
   *   origin is refused before anything is sent.
   * - A token is replaced before it expires, and once after a 401; the request is then repeated with its body. If the
   *   body is a stream in `init`, the 401 is returned, and the next request has another token. The body of a `Request`
   *   is buffered.
   * - Redirects are followed within the origin. A browser hides where a redirect leads, so none is followed there.
   * - A request with an `Authorization` header of its own is sent unchanged.
   * - It has no time limit but the `signal`, and rejects as the runtime's does.
   *
   * @throws ForeignOriginError For an origin that gets no token.
   * @throws SessionExpiredError If the user must log in again.
   * @throws UnexpectedResponseError For a redirect to another origin.
   * @throws TransportError, ProblemError If no token was obtained.
   */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>
  /**
   * A token for an API, from memory or the store if there is a fresh one. Calls for the same API and scope share one
   * request. A session's APIs are those that its login named; another one needs no second login.
   *
   * @param target The API and the scope. Default: those that the tokens were created for.
   * @throws ProblemError `target_invalid`, `scope_invalid` (session) or `invalid_target`, `invalid_scope` (client) if the
   *   server issues no such token.
   * @throws SessionExpiredError If the user must log in again.
   * @throws TypeError If the source has tokens for one API only.
   */
  get(target?: Target & { readonly signal?: AbortSignal }): Promise<Token>
  /**
   * Listens to an event. Listeners run after the current work.
   *
   * @returns A function that removes the listener.
   */
  on<Name extends keyof TokenEvents>(name: Name, listener: (event: TokenEvents[Name]) => void): () => void
  /**
   * Revokes the session or the client's tokens at the server (RFC 7009), and deletes them here and in the store. It is
   * not an error if there is none, or it has already ended.
   *
   * @throws TransportError If the server could not be reached; nothing is deleted then.
   * @throws ProblemError `access_denied` for a fixed token that belongs to no session.
   */
  signOut(): Promise<void>
  /** As {@link Tokens.signOut}. */
  end(): Promise<void>
}
