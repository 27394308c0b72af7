// One HTTP exchange, limited in time and size, without redirects, with typed errors. Knows nothing of tokens.
import type { Clock } from './clock.ts'
import { isClientError, TransportError, UnexpectedResponseError } from './errors.ts'

/**
 * Sends a request to the network. A test or a proxy agent replaces it.
 *
 * @example
 * ```ts
 * import { createClient, type Fetch } from '@countersign/client'
 *
 * const logged: Fetch = (request) => {
 *   console.log(request.method, new URL(request.url).pathname)
 *   return fetch(request)
 * }
 * const client = createClient({ baseUrl: 'https://auth.example', fetch: logged })
 * ```
 */
export type Fetch = (request: Request) => Promise<Response>

/** The runtime's `fetch`, as it is at the time of the request. */
export const runtimeFetch: Fetch = (request) => globalThis.fetch(request)

/** @throws TypeError For an option that is not above 0. */
export function requirePositive(options: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value = 1] of Object.entries(options)) {
    if (!(value > 0)) throw new TypeError(`${name} must be a number above 0`)
  }
}

/** Limits of an exchange. */
export interface Limits {
  /**
   * Seconds until the complete answer, including the body, must have arrived. `Infinity` for streams that stay open.
   */
  readonly timeoutSeconds: number
  /** Bytes of the decoded body. */
  readonly maxResponseBytes: number
}

/**
 * Sends one request.
 *
 * Redirects are not followed, so that a credential reaches only its intended server. The mode is `manual` and not
 * `error`, because Workers do not support `error`; this function then refuses the redirect.
 *
 * @throws TransportError If no complete answer arrived in time; also while the body is read.
 * @throws UnexpectedResponseError For a redirect, or a body above the limit.
 * @throws The reason of `request.signal`, if that aborts.
 */
export async function send(
  fetch: Fetch,
  clock: Clock,
  request: Request,
  { timeoutSeconds, maxResponseBytes }: Limits,
): Promise<Response> {
  // Not `AbortSignal.any`, which leaks listeners in older runtimes.
  const exchange = new AbortController()
  const timer = new AbortController()
  const caller = request.signal
  const abort = () => exchange.abort()
  const stop = () => {
    timer.abort()
    caller.removeEventListener('abort', abort)
  }
  caller.addEventListener('abort', abort)
  if (caller.aborted) abort()
  if (timeoutSeconds !== Number.POSITIVE_INFINITY) {
    void clock.wait(timeoutSeconds, timer.signal).then(() => timer.signal.aborted || abort())
  }
  let failure: unknown
  const fail = (error: unknown): unknown => {
    stop()
    if (isClientError(error)) failure = error
    else if (caller.aborted) failure = caller.reason
    else failure = new TransportError(exchange.signal.aborted ? 'timed_out' : reasonOf(error))
    abort()
    return failure
  }
  try {
    const response = await fetch(new Request(request, { redirect: 'manual', signal: exchange.signal }))
    const { status, headers, body } = response
    if (isRedirect(response)) throw new UnexpectedResponseError(status, 'redirects are not followed')
    if (body === null || withoutBody.has(status)) {
      stop()
      return new Response(null, response)
    }
    const tooLarge = new UnexpectedResponseError(status, 'the body is too large')
    if (Number(headers.get('Content-Length')) > maxResponseBytes) throw tooLarge
    const reader = body.getReader()
    let received = 0
    const bounded = new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) {
            stop()
            return controller.close()
          }
          received += value.byteLength
          if (received > maxResponseBytes) throw tooLarge
          controller.enqueue(value)
        } catch (error) {
          controller.error(fail(error))
        }
      },
      cancel(reason) {
        stop()
        return reader.cancel(reason)
      },
    })
    return withReason(new Response(bounded, response), () => failure)
  } catch (error) {
    throw fail(error)
  }
}

/**
 * Statuses without a body (Fetch §2.2.3). Chromium's responses have an empty body there, but its constructor refuses
 * one.
 */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * Makes the methods that read a whole body reject with the real reason: Chromium rejects with "Failed to fetch"
 * otherwise.
 */
function withReason(response: Response, broken: () => unknown): Response {
  for (const name of ['arrayBuffer', 'blob', 'json', 'text'] as const) {
    const read = response[name].bind(response)
    const value = async (): Promise<unknown> => {
      try {
        return await read()
      } catch (error) {
        throw broken() ?? error
      }
    }
    Object.defineProperty(response, name, { value })
  }
  return response
}

/** Whether it is a redirect (Fetch §2.2.6). A browser hides which one. */
export function isRedirect({ type, status }: Response): boolean {
  return type === 'opaqueredirect' || [301, 302, 303, 307, 308].includes(status)
}

/** The runtime's code of a network failure, if it has one. Never its message, which may quote the request. */
function reasonOf(error: unknown): string {
  for (const at of [error, error instanceof Error ? error.cause : undefined]) {
    const code = (at as { code?: unknown } | undefined)?.code
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code
  }
  return 'network'
}

/**
 * A request whose only credentials are its headers. A browser adds the cookies of the page's own server; a session
 * cookie would be a second credential, which the server refuses. `credentials: 'include'` still sends cookies.
 */
export function withoutCookies(request: Request): Request {
  // Workers have no cookies and no such member, and refuse the option.
  return request.credentials === 'same-origin' ? new Request(request, { credentials: 'omit' }) : request
}
