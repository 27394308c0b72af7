import { type Clock, fraction, type Random } from './clock.ts'
import { ProblemError, TransportError, type UnexpectedResponseError } from './errors.ts'
import { isRefusal, isTransient, sessionEndedBy } from './problem.ts'

/** Attempts after the first. */
const maxRetries = 3
const firstPauseSeconds = 0.25
/** An attempt gets at least this long: a slow server is not helped by another request. */
const leastAttemptSeconds = 2
/** Seconds until the answer to a login must have arrived. A login is not repeated. */
export const loginTimeoutSeconds = 30

/**
 * Repeats token requests that may succeed later, up to three times: after a lost answer, a timeout, 408, 429 and 5xx,
 * never after a refusal.
 * Pauses double and have jitter, so that many clients do not return at the same time; `Retry-After` is respected.
 *
 * No attempt outlasts the deadline. An attempt gets a third of the budget, so that a silent server gets two more
 * requests; but at least 2 s, or all that is left. No attempt starts with less than a quarter of the first one's time:
 * a request whose answer is not awaited can only do harm.
 *
 * @param attempt Calls its argument just before sending, to get the seconds that it may take. This throws
 *   TransportError when the time is up.
 * @param budgetSeconds For everything, including pauses.
 * @throws The error of the last attempt.
 */
export async function withRetries<Result>(
  attempt: (timeoutSeconds: () => number) => Promise<Result>,
  budgetSeconds: number,
  { clock, random }: { clock: Clock; random: Random },
): Promise<Result> {
  const endsAt = clock.elapsedSeconds() + budgetSeconds
  const fullSeconds = Math.min(budgetSeconds, Math.max(budgetSeconds / 3, leastAttemptSeconds))
  const isOver = (afterSeconds: number) => endsAt - clock.elapsedSeconds() - afterSeconds < fullSeconds / 4
  const timeoutSeconds = (): number => {
    if (isOver(0)) throw new TransportError('timed_out')
    return Math.min(fullSeconds, endsAt - clock.elapsedSeconds())
  }
  for (let retries = 0; ; retries += 1) {
    try {
      return await attempt(timeoutSeconds)
    } catch (error) {
      if (retries === maxRetries || !isTransient(error)) throw error
      const asked = error instanceof ProblemError ? (error.retryAfterSeconds ?? 0) : 0
      const pauseSeconds = Math.max(asked, firstPauseSeconds * 2 ** retries * (0.5 + fraction(random) / 2))
      if (isOver(pauseSeconds)) throw error
      await clock.wait(pauseSeconds)
      // The process may have been suspended during the pause.
      if (isOver(0)) throw error
    }
  }
}

/**
 * Presents fixed credentials until they are refused. Sending wrong credentials again with each call would only lock the
 * user out.
 *
 * @throws SessionExpiredError Without a request, once the server has refused; with the server's refusal.
 */
export function untilRefused<Result>(present: () => Promise<Result>): () => Promise<Result> {
  let refusal: ProblemError | UnexpectedResponseError | undefined
  return async () => {
    if (refusal) throw sessionEndedBy(refusal)
    try {
      return await present()
    } catch (error) {
      if (isRefusal(error)) refusal = error
      throw error
    }
  }
}
