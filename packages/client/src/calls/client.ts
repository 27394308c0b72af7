// The client: typed calls from the contract, on a `fetch` that presents tokens. The folder calls/ owns the calls; it
// must not know how tokens are obtained. It names only the operation that ends a session and the metadata.
import createFetchClient, { defaultPathSerializer, type Client as FetchClient } from 'openapi-fetch'
import { type Auth, connect, type TokenFunction, type TokenSource } from '../session/token-source.ts'
import { authorizationServer } from '../transport/authorization-server.ts'
import { parseBaseUrl } from '../transport/base-url.ts'
import { type Clock, type Random, systemClock, systemRandom } from '../transport/clock.ts'
import type { paths } from '../transport/contract.ts'
import { UnexpectedResponseError } from '../transport/errors.ts'
import { problemOf } from '../transport/problem.ts'
import type { Fetch } from '../transport/transport.ts'
import { authenticatedFetch } from './authenticated-fetch.ts'
import { calledFrom } from './call-site.ts'
import type { Call } from './calls.ts'

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
  /** The server's URL, optionally with a path: `https://auth.example`. */
  readonly baseUrl: string | URL
  /** The source of tokens. Default: none, for public operations or a browser session in a cookie. */
  readonly auth?: Auth | TokenSource | TokenFunction
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
  /** Calls an operation that reads. */
  GET: Call<'get'>
  /** Calls an operation that replaces something. */
  PUT: Call<'put'>
  /** Calls an operation that creates something, or acts. */
  POST: Call<'post'>
  /** Calls an operation that deletes something. */
  DELETE: Call<'delete'>
  /** Calls an operation that changes some members. */
  PATCH: Call<'patch'>
  /**
   * Revokes the session or the client's token at the server, and deletes it here and in the store. It is not an error
   * if there is no session, or it has already ended; the user is not asked for a password.
   *
   * @throws TransportError If the server could not be reached; nothing is deleted then.
   * @throws ProblemError `access_denied` for a fixed token that belongs to no session.
   */
  signOut(): Promise<void>
}

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE', 'request'] as const

/**
 * Creates a client.
 *
 * A call resolves to `{ data, response }`, or to `{ error, response }` if the server refused it; see {@link unwrap} for
 * calls that throw. A call without an answer rejects with TransportError, UnexpectedResponseError or
 * SessionExpiredError; with ProblemError if the login or token request before it was refused; with the error of your
 * own store or `auth` function; or with the abort reason of its `signal`. Redirects are never followed, and the token
 * is sent to the base URL only.
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
 */
export function createClient(options: ClientOptions): Client {
  const { auth, clock = systemClock, random = systemRandom } = options
  for (const name of ['timeoutSeconds', 'maxResponseBytes', 'retryWindowSeconds'] as const) {
    if (!((options[name] ?? 1) > 0)) throw new TypeError(`${name} must be a number above 0`)
  }
  const base = parseBaseUrl(options.baseUrl, options.allowInsecureHttp ?? false)
  const fetch: Fetch = options.fetch ?? ((request) => globalThis.fetch(request))
  const server = authorizationServer(base, fetch, { clock, random }, options.retryWindowSeconds)
  const source = auth === undefined ? undefined : connect(auth, server)
  const limits = {
    timeoutSeconds: options.timeoutSeconds ?? 30,
    maxResponseBytes: options.maxResponseBytes ?? 16 * 1024 * 1024,
  }
  const calls = createFetchClient<paths>({
    baseUrl: base.href,
    fetch: authenticatedFetch({ base, fetch, clock, limits, source }),
    pathSerializer: safePath,
  })
  for (const method of methods) Object.assign(calls, { [method]: withTypedFailures(calls[method]) })
  const signOut = async (): Promise<void> => {
    if (source?.end) return source.end()
    const { response, error } = await calls.DELETE('/v1/sessions/current')
    if (!response.ok && response.status !== 401) throw problemOf(response, error)
  }
  return Object.assign(calls, { signOut: withTypedFailures(signOut) }) as Client
}

/** A path parameter `..` would be resolved by the URL parser, and another operation would be called. */
function safePath(path: string, parameters: Record<string, unknown>): string {
  for (const [name, value] of Object.entries(parameters)) {
    if (value === '' || value === '.' || value === '..')
      throw new TypeError(`Path parameter ${name} has no valid value`)
  }
  return defaultPathSerializer(path, parameters)
}

/**
 * Adds the caller's stack frames to errors. Also replaces the engine's error for invalid JSON, which would quote the
 * body: openapi-fetch parses it itself.
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
