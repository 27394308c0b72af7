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
export async function send(fetch: Fetch, clock: Clock, request: Request, limits: Limits): Promise<Response> {
  const deadline = startDeadline(clock, limits.timeoutSeconds, request.signal)
  const failure = (error: unknown): unknown => {
    deadline.stop()
    if (isClientError(error)) return error
    if (request.signal.aborted) return request.signal.reason
    return new TransportError(deadline.signal.aborted ? 'timed_out' : reasonOf(error))
  }
  let response: Response
  try {
    response = await fetch(new Request(request, { redirect: 'manual', signal: deadline.signal }))
    if (response.type === 'opaqueredirect' || isRedirect(response.status)) {
      throw new UnexpectedResponseError(response.status, 'redirects are not followed')
    }
    const announced = response.body === null ? 0 : Number(response.headers.get('Content-Length'))
    if (announced > limits.maxResponseBytes) throw tooLarge(response.status)
  } catch (error) {
    const failed = failure(error)
    deadline.abort()
    throw failed
  }
  const { status, statusText, headers } = response
  if (response.body === null || withoutBody.has(status)) {
    deadline.stop()
    return new Response(null, { status, statusText, headers })
  }
  let broken: unknown
  const body = boundedBody(response.body, status, limits.maxResponseBytes, deadline, (error) => {
    broken = failure(error)
    return broken
  })
  return withReason(new Response(body, { status, statusText, headers }), () => broken)
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

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

function tooLarge(status: number): UnexpectedResponseError {
  return new UnexpectedResponseError(status, 'the body is too large')
}

interface Deadline {
  readonly signal: AbortSignal
  /** Stops the timer. */
  stop(): void
  /** Ends the exchange. */
  abort(): void
}

/** Aborts when the time is up or the caller aborts. Not `AbortSignal.any`, which leaks listeners in older runtimes. */
function startDeadline(clock: Clock, seconds: number, caller: AbortSignal): Deadline {
  const exchange = new AbortController()
  const timer = new AbortController()
  const abort = () => exchange.abort()
  const stop = () => {
    timer.abort()
    caller.removeEventListener('abort', abort)
  }
  caller.addEventListener('abort', abort)
  if (caller.aborted) abort()
  if (seconds !== Number.POSITIVE_INFINITY) {
    void clock.wait(seconds, timer.signal).then(() => {
      if (!timer.signal.aborted) abort()
    })
  }
  return { signal: exchange.signal, stop, abort }
}

function boundedBody(
  body: ReadableStream<Uint8Array>,
  status: number,
  maxBytes: number,
  deadline: Deadline,
  failure: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let received = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) {
          deadline.stop()
          controller.close()
          return
        }
        received += value.byteLength
        if (received > maxBytes) throw tooLarge(status)
        controller.enqueue(value)
      } catch (error) {
        controller.error(failure(error))
        deadline.abort()
      }
    },
    cancel(reason) {
      deadline.stop()
      return reader.cancel(reason)
    },
  })
}

/** The runtime's code of a network failure, if it has one. Never its message, which may quote the request. */
function reasonOf(error: unknown): string {
  for (const at of [error, error instanceof Error ? error.cause : undefined]) {
    const code = (at as { code?: unknown } | undefined)?.code
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code
  }
  return 'network'
}
