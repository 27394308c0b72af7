// Repeats the calls of an application. Token requests have rules of their own (`retry.ts`).
import { type Clock, fraction, type Random } from './clock.ts'
import { retryAfterOf } from './problem.ts'
import { untilAborted } from './single-flight.ts'
import type { Fetch } from './transport.ts'

/** Repetitions of a call, unless an option says otherwise. */
export const defaultRetries = 2
/** The longest first pause; the next ones double. */
const firstPauseSeconds = 0.25
/** The longest pause of a call without a time limit, in seconds. */
const maxPauseSeconds = 30

/** A time limit was reached, the client is throttled, or the way to the server has a fault (RFC 9110 §15). */
const temporary: ReadonlySet<number> = new Set([408, 429, 502, 503, 504])

/** Methods that may be repeated (RFC 9110 §9.2.2). */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** Logins, also by GET in a vendor's dialect: repeated, they would begin a second session or make a second token. */
const login = /\/(v1\/sessions|login|createApiToken)$/

/**
 * A `fetch` that repeats a request after a network fault, 408, 429, 502, 503 and 504, as long as its `signal` allows.
 * `Retry-After` (RFC 9110 §10.2.3) is the least pause; if it exceeds the time limit, or 30 s, the answer is returned at
 * once.
 *
 * GET, HEAD, OPTIONS, PUT and DELETE are repeated; POST and PATCH only with an `Idempotency-Key`, and a login never.
 *
 * @param bounds `retries`: attempts after the first. `timeoutSeconds`: the time limit of a call with its repetitions.
 */
export function retryingFetch(
  fetch: Fetch,
  { clock, random }: { clock: Clock; random: Random },
  bounds: { readonly retries: number; readonly timeoutSeconds: number },
): Fetch {
  return async (request) => {
    const retries = mayBeRepeated(request) ? bounds.retries : 0
    const endsAt = clock.elapsedSeconds() + Math.min(bounds.timeoutSeconds, maxPauseSeconds)
    for (let done = 0; ; done += 1) {
      let failure: unknown
      const response = await fetch(done < retries ? request.clone() : request).catch((error) => {
        failure = error
      })
      const passes = response ? temporary.has(response.status) : !request.signal.aborted
      if (done < retries && passes) {
        // A random part of a time that doubles ("full jitter"): many clients do not return at the same time.
        const jitter = firstPauseSeconds * 2 ** done * fraction(random)
        const pause = Math.max((response && retryAfterOf(response.headers)) ?? 0, jitter)
        if (clock.elapsedSeconds() + pause < endsAt) {
          await response?.body?.cancel()
          await untilAborted(() => clock.wait(pause), request.signal)
          continue
        }
      }
      if (response) return response
      throw failure
    }
  }
}

function mayBeRepeated({ method, url, headers }: Request): boolean {
  return (idempotent.has(method) || headers.has('Idempotency-Key')) && !login.test(new URL(url).pathname)
}
