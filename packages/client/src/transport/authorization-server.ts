// The server as a token source sees it: bounded JSON exchanges at the base URL, and the retry window.
import type { BaseUrl } from './base-url.ts'
import type { Clock, Random } from './clock.ts'
import { isClientError, UnexpectedResponseError } from './errors.ts'
import { membersOf } from './problem.ts'
import { type Fetch, send } from './transport.ts'
import { withoutCookies } from './without-cookies.ts'

/** One request to a token endpoint. */
export interface TokenRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the base URL, with its leading slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Seconds until the whole answer must be there. */
  readonly timeoutSeconds: number
}

/** Its answer, whatever the status. */
export interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; `undefined` when there is none. */
  readonly body: unknown
  /** When the request was sent, by `Clock.elapsedSeconds`. */
  readonly sentAt: number
}

/** What a token source may do with the server its tokens belong to. */
export interface AuthorizationServer {
  /** Absolute, without a slash at its end. */
  readonly baseUrl: string
  readonly clock: Clock
  readonly random: Random
  /**
   * Sends one request; reads at most 64 KiB.
   *
   * @throws TransportError, UnexpectedResponseError
   */
  request(request: TokenRequest): Promise<TokenAnswer>
  /** Seconds for which the server answers a repeated refresh with the same key alike. */
  retryWindowSeconds(): Promise<number>
}

/** A token answer is some hundred bytes; whoever sends more means no good. */
const maxTokenAnswerBytes = 65_536
/** What a server means that does not tell its retry window. */
const defaultRetryWindowSeconds = 60
const metadataTimeoutSeconds = 10
const metadataPath = '/.well-known/oauth-authorization-server'

/** @param retryWindowSeconds Overrides what the server's metadata say (RFC 8414, `countersign_retry_window_seconds`). */
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
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: parseJson(text, response.status), sentAt }
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
      // A server that cannot be reached now is asked again next time; until then the default holds.
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

function parseJson(text: string, status: number): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // The engine's message quotes the text, so it goes no further. An error page is judged by its status.
    if (status >= 400) return undefined
    throw new UnexpectedResponseError(status, 'no JSON')
  }
}
