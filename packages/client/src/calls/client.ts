// The client: typed calls from the contract, on a fetch that presents tokens. Knows no operation by name but the two
// that end a session and tell the retry window.
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

/** Options of {@link createClient}. */
export interface ClientOptions {
  /** Where the server is: `https://auth.example`, also with a path. */
  readonly baseUrl: string | URL
  /** Where tokens come from. Default: none, for the public operations or a browser session in a cookie. */
  readonly auth?: Auth | TokenSource | TokenFunction
  /** What reaches the network. Default: the runtime's `fetch`. */
  readonly fetch?: Fetch
  /** Accepts a plain `http:` base URL that is not loopback; passwords and tokens are then sent in clear text. Default: false. */
  readonly allowInsecureHttp?: boolean
  /** Seconds until the whole answer of a call must be there. Default: 30. `Infinity` for answers that stay open. */
  readonly timeoutSeconds?: number
  /** Largest body of an answer, decoded. Default: 16 MiB. Answers with tokens are bounded to 64 KiB in any case. */
  readonly maxResponseBytes?: number
  /** Seconds for which a refresh may be repeated. Default: what the server's metadata say, else 60. */
  readonly retryWindowSeconds?: number
  /** Time; tests replace it. Default: the runtime's. */
  readonly clock?: Clock
  /** Randomness for retry keys and jitter; tests replace it. Default: Web Crypto. */
  readonly random?: Random
}

/** Typed calls: `GET('/v1/me')` and so on resolve to `{ data, error, response }`. */
export interface Client extends FetchClient<paths> {
  /** Calls an operation that reads. */
  GET: Call<'get'>
  /** Calls an operation that replaces. */
  PUT: Call<'put'>
  /** Calls an operation that creates, or does. */
  POST: Call<'post'>
  /** Calls an operation that removes. */
  DELETE: Call<'delete'>
  /** Calls an operation that changes what it is given. */
  PATCH: Call<'patch'>
  /**
   * Ends at the server what the client has, a session or a machine's token, and forgets it here and in the store. What
   * is over already, or was never begun, is no error; nobody is asked for a password.
   *
   * @throws TransportError When the server could not be asked; then nothing is forgotten.
   * @throws ProblemError `access_denied` for a fixed token that belongs to no session.
   */
  signOut(): Promise<void>
}

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE', 'request'] as const

/**
 * Makes a client.
 *
 * A call resolves to `{ data, response }`, or to `{ error, response }` where the server refused this very call; see
 * {@link unwrap} for calls that throw. It rejects where there is no answer to it: with TransportError,
 * UnexpectedResponseError or SessionExpiredError; with ProblemError where the login or the token request that it needed
 * was refused; with the error of your own store or `auth` function; and with the abort reason of a `signal` that was given.
 * Redirects are never followed, and the token goes to the base URL only.
 *
 * @throws TypeError When the base URL is unusable or insecure, or a limit is not above 0.
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

/** A parameter `..` would be resolved away and call another operation than the one that was meant. */
function safePath(path: string, parameters: Record<string, unknown>): string {
  for (const [name, value] of Object.entries(parameters)) {
    if (value === '' || value === '.' || value === '..')
      throw new TypeError(`Path parameter ${name} has no usable value`)
  }
  return defaultPathSerializer(path, parameters)
}

/**
 * Errors name the line that called. And openapi-fetch parses the body itself; the engine's message for broken JSON would
 * quote it.
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
