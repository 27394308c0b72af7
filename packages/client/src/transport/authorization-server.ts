// The server as a token source sees it: JSON exchanges of limited size at the base URL, and the retry window.
import type { BaseUrl } from './base-url.ts'
import type { Clock, Random } from './clock.ts'
import { isClientError, UnexpectedResponseError } from './errors.ts'
import { membersOf, parseJson } from './problem.ts'
import { metadataPath } from './refused-origin.ts'
import { type Fetch, send, withoutCookies } from './transport.ts'

/**
 * One request of a token source.
 *
 * @example
 * ```ts
 * import type { TokenRequest } from '@countersign/client'
 *
 * const request: TokenRequest = { method: 'GET', path: '/oauth2/jwks', headers: {}, timeoutSeconds: 10 }
 * ```
 */
export interface TokenRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the base URL, with a leading slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Seconds until the complete answer must have arrived. */
  readonly timeoutSeconds: number
}

/**
 * The answer to a {@link TokenRequest}, with any status.
 *
 * @example
 * ```ts
 * import type { TokenAnswer } from '@countersign/client'
 *
 * export const isIssued = ({ status, body }: TokenAnswer) => status === 201 && body !== undefined
 * ```
 */
export interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; `undefined` if there is none. */
  readonly body: unknown
  /** When the request was sent, by `Clock.elapsedSeconds`. */
  readonly sentAt: number
}

/**
 * The server, as a token source of your own uses it.
 *
 * @example
 * ```ts
 * import { type Auth, Token } from '@countersign/client'
 *
 * const auth: Auth = {
 *   connect: (server) => ({
 *     async token() {
 *       const request = { method: 'POST', path: '/internal/token', headers: {}, timeoutSeconds: 10 } as const
 *       const { body } = await server.request(request)
 *       return new Token((body as { token: string }).token)
 *     },
 *     refused: async () => undefined,
 *   }),
 * }
 * ```
 */
export interface AuthorizationServer {
  /** Absolute, without a trailing slash. */
  readonly baseUrl: string
  readonly clock: Clock
  readonly random: Random
  /**
   * Sends one request and reads at most 64 KiB of the answer.
   *
   * @throws TransportError, UnexpectedResponseError
   */
  request(request: TokenRequest): Promise<TokenAnswer>
  /** Seconds in which the server repeats its answer to a refresh with the same key. */
  retryWindowSeconds(): Promise<number>
}

/** A token response has some hundred bytes; a larger one is a fault or an attack. */
const maxTokenAnswerBytes = 65_536
/** The retry window of a server whose metadata do not name it. */
const defaultRetryWindowSeconds = 60
const metadataTimeoutSeconds = 10

/** @param retryWindowSeconds Overrides the server's metadata (RFC 8414, `countersign_retry_window_seconds`). */
export function authorizationServer(
  base: BaseUrl,
  fetch: Fetch,
  { clock, random }: { clock: Clock; random: Random },
  retryWindowSeconds: number | undefined,
): AuthorizationServer {
  const request = async ({ path, timeoutSeconds, ...init }: TokenRequest): Promise<TokenAnswer> => {
    const limits = { timeoutSeconds, maxResponseBytes: maxTokenAnswerBytes }
    const sentAt = clock.elapsedSeconds()
    const response = await send(fetch, clock, withoutCookies(new Request(base.href + path, init)), limits)
    const { status, headers } = response
    const text = await response.text()
    const body = parseJson(text)
    // An error page is classified by its status.
    if (body === undefined && text !== '' && status < 400) throw new UnexpectedResponseError(status, 'no JSON')
    return { status, headers, body, sentAt }
  }

  let known = retryWindowSeconds
  const discover = async (): Promise<number> => {
    if (known !== undefined) return known
    try {
      const headers = { Accept: 'application/json' }
      const answer = await request({
        method: 'GET',
        path: metadataPath,
        headers,
        timeoutSeconds: metadataTimeoutSeconds,
      })
      known = windowIn(answer)
    } catch (error) {
      // If the server is unreachable, the default is used, and the metadata are requested again next time.
      if (!isClientError(error)) throw error
    }
    return known ?? defaultRetryWindowSeconds
  }
  return { baseUrl: base.href, clock, random, request, retryWindowSeconds: discover }
}

function windowIn({ status, body }: TokenAnswer): number | undefined {
  if (status >= 500) return undefined
  const seconds = membersOf(body)?.countersign_retry_window_seconds
  return typeof seconds === 'number' && seconds > 0 && seconds <= 3600 ? seconds : defaultRetryWindowSeconds
}
