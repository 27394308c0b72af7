// The client: typed calls from the contract, on a `fetch` that presents tokens. The folder calls/ owns the calls; it
// must not know how tokens are obtained. It names only the operation that ends a session and the metadata.
import type { Auth, TokenFunction, TokenSource } from '../session/token-source.ts'
import type { TokenStore } from '../session/token-store.ts'
import { openTokens } from '../tokens/open-tokens.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { type BaseUrl, parseBaseUrl } from '../transport/base-url.ts'
import { type Clock, type Random, systemClock, systemRandom } from '../transport/clock.ts'
import type { paths } from '../transport/contract.ts'
import { UnexpectedResponseError } from '../transport/errors.ts'
import { problemOf } from '../transport/problem.ts'
import { tellingRefusedOrigin } from '../transport/refused-origin.ts'
import { defaultRetries, retryingFetch } from '../transport/retrying-fetch.ts'
import { type Fetch, requirePositive, runtimeFetch } from '../transport/transport.ts'
import { authenticatedFetch } from './authenticated-fetch.ts'
import { calledFrom } from './call-site.ts'
import type { FetchClient } from './calls.ts'
import { createFetchClient, methods } from './fetch-client.ts'
import { serializePath } from './parameters.ts'

/**
 * Options of {@link createClient}.
 *
 * @example
 * ```ts
 * import { clientCredentials, type ClientOptions, createClient } from '@countersign/client'
 *
 * const options: ClientOptions = {
 *   baseUrl: 'https://auth.example',
 *   auth: clientCredentials({ clientId: 'reports', clientSecret: 'cs_key_…' }),
 *   timeoutSeconds: 10,
 * }
 * const client = createClient(options)
 * ```
 */
export interface ClientOptions {
  /** The server's URL, optionally with a path: `https://auth.example`. Or that of an API of your own. */
  readonly baseUrl: string | URL
  /**
   * The source of tokens: for an API of your own, the {@link Tokens} of {@link createTokens}. Default: none, for public
   * operations or a browser session in a cookie.
   */
  readonly auth?: Auth | TokenSource | TokenFunction
  /** The server that issues the tokens, if `baseUrl` is an API of your own. Default: `baseUrl`. */
  readonly issuer?: string | URL
  /**
   * The identifiers of the APIs that the tokens are for (RFC 8707), as of {@link createTokens}. Default: `baseUrl`, if
   * there is an `issuer`.
   */
  readonly resource?: string | readonly string[]
  /** Space-separated scopes that a login or a client asks for. Default: all that user, client and API allow. */
  readonly scope?: string
  /** Where a session is stored, unless its source has a store of its own. Default: in memory. */
  readonly store?: TokenStore
  /** Sends requests to the network. Default: the runtime's `fetch`. */
  readonly fetch?: Fetch
  /**
   * Accepts a plain `http:` base URL that is not loopback; passwords and tokens are then sent in clear text. Default:
   * false.
   */
  readonly allowInsecureHttp?: boolean
  /**
   * Seconds until the complete answer of a call must have arrived. Default: 30. `Infinity` for answers that stay open.
   */
  readonly timeoutSeconds?: number
  /**
   * Largest decoded body of an answer, in bytes. Default: 16 MiB. Token responses are limited to 64 KiB in any case.
   */
  readonly maxResponseBytes?: number
  /**
   * How often a call is repeated after a network fault, 408, 429, 502, 503 or 504, within its time limit. A POST or PATCH
   * is repeated only with an `Idempotency-Key`, a login never. Default: 2.
   */
  readonly retries?: number
  /** Seconds in which a refresh may be repeated. Default: the value in the server's metadata, otherwise 60. */
  readonly retryWindowSeconds?: number
  /** The clock; tests replace it. Default: the runtime's. */
  readonly clock?: Clock
  /** Randomness for retry keys and jitter; tests replace it. Default: Web Crypto. */
  readonly random?: Random
}

/**
 * Typed calls: `GET('/v1/me')` and the others resolve to `{ data, error, response }`.
 *
 * @example
 * ```ts
 * import { createClient } from '@countersign/client'
 *
 * const client = createClient({ baseUrl: 'https://auth.example', auth: () => 'cs_pat_…' })
 * const { data, error } = await client.GET('/v1/me')
 * console.log(data ? data.username : error.code)
 * ```
 */
export interface Client extends FetchClient<paths> {
  /**
   * Revokes the session or the client's token at the server, and deletes it here and in the store. It is not an error
   * if there is no session, or it has already ended; the user is not asked for a password.
   *
   * @throws TransportError If the server could not be reached; nothing is deleted then.
   * @throws ProblemError `access_denied` for a fixed token that belongs to no session.
   */
  signOut(): Promise<void>
}

/**
 * Typed calls of an API of your own, as of openapi-fetch.
 *
 * @example
 * ```ts
 * import type { ApiClient } from '@countersign/client'
 *
 * interface paths {
 *   '/orders': { get: { responses: { 200: { content: { 'application/json': { id: string }[] } } } } }
 * }
 * export const count = async (orders: ApiClient<paths>) => (await orders.GET('/orders')).data?.length
 * ```
 */
export interface ApiClient<Paths extends object> extends FetchClient<Paths> {
  /** As {@link Client.signOut}. */
  signOut(): Promise<void>
}

/**
 * Creates a client.
 *
 * A call resolves to `{ data, response }`, or to `{ error, response }` if the server refused it; see {@link unwrap} for
 * calls that throw. A call without an answer rejects with TransportError, UnexpectedResponseError or
 * SessionExpiredError; with ProblemError if the login or token request before it was refused; with the error of your
 * own store or `auth` function; or with the abort reason of its `signal`. Redirects are never followed, and the token
 * is sent to the base URL only.
 *
 * With a type argument, the calls are those of an API of your own: the `paths` that openapi-typescript made of its
 * contract. Without one, they are those of Countersign.
 *
 * @param options The base URL, the token source and limits.
 * @throws TypeError If the base URL is invalid or insecure, or a limit is not above 0.
 * @example
 * ```ts
 * import { createClient, passwordSession, unwrap } from '@countersign/client'
 *
 * const client = createClient({
 *   baseUrl: 'https://auth.example',
 *   auth: passwordSession({ username: 'ada', password: 'correct horse battery' }),
 * })
 * const me = await unwrap(client.GET('/v1/me'))
 * ```
 * @example
 * ```ts
 * import { createClient, createTokens, passwordSession } from '@countersign/client'
 *
 * interface paths {
 *   '/orders': { get: { responses: { 200: { content: { 'application/json': { id: string }[] } } } } }
 * }
 * const tokens = createTokens({
 *   issuer: 'https://auth.example',
 *   auth: passwordSession({ username: 'ada', password: 'correct horse battery' }),
 *   resource: 'https://orders.example',
 * })
 * const orders = createClient<paths>({ baseUrl: 'https://orders.example', auth: tokens })
 * const { data } = await orders.GET('/orders')
 * ```
 */
export function createClient(options: ClientOptions): Client
/**
 * Creates a client of an API of your own.
 *
 * @typeParam Paths The `paths` that openapi-typescript made of the API's contract.
 * @param options As of the client of the server itself. `auth` are the {@link Tokens} of {@link createTokens}, or a source
 *   with `issuer` beside it.
 * @throws TypeError If the base URL is invalid or insecure, or a limit is not above 0.
 */
export function createClient<Paths extends object>(options: ClientOptions): ApiClient<Paths>
/**
 * As the first. The last overload is what `ReturnType` reads.
 *
 * @example
 * ```ts
 * import type { createClient } from '@countersign/client'
 *
 * export const nameOf = async (client: ReturnType<typeof createClient>) => (await client.GET('/v1/me')).data?.username
 * ```
 */
export function createClient(options: ClientOptions): Client
export function createClient(options: ClientOptions): object {
  const { clock = systemClock, random = systemRandom, fetch: given = runtimeFetch } = options
  const { timeoutSeconds = 30, maxResponseBytes = 16 * 1024 * 1024, retryWindowSeconds } = options
  requirePositive({ timeoutSeconds, maxResponseBytes, retryWindowSeconds })
  const { retries = defaultRetries } = options
  if (!(Number.isInteger(retries) && retries >= 0)) throw new TypeError('retries must be a whole number from 0')
  const base = parseBaseUrl(options.baseUrl, options.allowInsecureHttp ?? false)
  const source = tokensOf(options, base)
  const isIssuer = (source?.issuer ?? base.href) === base.href
  const fetch = isIssuer ? tellingRefusedOrigin(base, given) : given
  const limits = { timeoutSeconds, maxResponseBytes }
  const repeating = retryingFetch(fetch, { clock, random }, { retries, timeoutSeconds })
  const calls = createFetchClient<paths>({
    baseUrl: base.href,
    fetch: authenticatedFetch({ base, fetch: repeating, clock, limits, source, isIssuer }),
    pathSerializer: safePath,
  })
  for (const method of [...methods, 'request'] as const)
    Object.assign(calls, { [method]: withTypedFailures(calls[method]) })
  const signOut = async (): Promise<void> => {
    if (source) return source.signOut()
    const { response, error } = await calls.DELETE('/v1/sessions/current')
    if (!response.ok && response.status !== 401) throw problemOf(response, error)
  }
  return Object.assign(calls, { signOut: withTypedFailures(signOut) })
}

/** Without an `issuer` the base URL is that of the server itself, whose sessions end by `DELETE /v1/sessions/current`. */
function tokensOf(options: ClientOptions, base: BaseUrl): Tokens | undefined {
  const { auth, issuer, resource } = options
  if (auth === undefined || 'signOut' in auth) return auth as Tokens | undefined
  if (issuer === undefined) return openTokens({ ...options, auth, issuer: base.href, revokes: false })
  const origins = [new URL(base.href).origin]
  return openTokens({ ...options, auth, issuer, resource: resource ?? base.href, origins, revokes: true })
}

/** A path parameter `..` would be resolved by the URL parser, and another operation would be called. */
function safePath(path: string, parameters: Record<string, unknown>): string {
  for (const [name, value] of Object.entries(parameters)) {
    if (value === '' || value === '.' || value === '..')
      throw new TypeError(`Path parameter ${name} has no valid value`)
  }
  return serializePath(path, parameters)
}

/**
 * Adds the caller's stack frames to errors. Also replaces the engine's error for invalid JSON, which would quote the
 * body: it is parsed there.
 */
function withTypedFailures<Call extends (...args: never[]) => Promise<unknown>>(call: Call): Call {
  const guarded = async (...args: Parameters<Call>): Promise<unknown> => {
    const seenByCaller = calledFrom(guarded)
    try {
      return await call(...args)
    } catch (error) {
      throw seenByCaller(error instanceof SyntaxError ? new UnexpectedResponseError(200, 'no JSON') : error)
    }
  }
  return guarded as Call
}
