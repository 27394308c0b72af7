import { type Clock, fraction, type Random } from './clock.ts'
import { isRefusal, isTransient, ProblemError, SessionExpiredError } from './errors.ts'

/** Tries after the first. */
const maxRetries = 3
const firstPauseSeconds = 0.25
/** Seconds for a login, its repetitions included. */
export const loginBudgetSeconds = 30

/**
 * Repeats what may succeed later: after a lost answer, a timeout, 408, 429 and 5xx; never after a refusal. Pauses
 * double and have jitter, so that many clients do not come back together; `Retry-After` is honoured.
 *
 * @param attempt Is given the seconds it may take: a third of the budget, so that a silent server is asked twice more.
 * @param budgetSeconds Everything together, pauses included.
 * @throws The error of the last attempt.
 */
export async function withRetries<Result>(
  attempt: (timeoutSeconds: number) => Promise<Result>,
  budgetSeconds: number,
  { clock, random }: { clock: Clock; random: Random },
): Promise<Result> {
  const endsAt = clock.elapsedSeconds() + budgetSeconds
  for (let retries = 0; ; retries += 1) {
    try {
      return await attempt(Math.min(budgetSeconds / 3, endsAt - clock.elapsedSeconds()))
    } catch (error) {
      if (retries === maxRetries || !isTransient(error)) throw error
      const asked = error instanceof ProblemError ? (error.retryAfterSeconds ?? 0) : 0
      const pauseSeconds = Math.max(asked, firstPauseSeconds * 2 ** retries * (0.5 + fraction(random) / 2))
      if (clock.elapsedSeconds() + pauseSeconds >= endsAt) throw error
      await clock.wait(pauseSeconds)
    }
  }
}

/**
 * Presents fixed credentials until they are refused. Wrong credentials stay wrong: sending them again with each call
 * would only lock the user out.
 *
 * @throws SessionExpiredError Without asking the server, once it refused.
 */
export function untilRefused<Result>(present: () => Promise<Result>): () => Promise<Result> {
  let refusal: string | undefined
  return async () => {
    if (refusal !== undefined) throw new SessionExpiredError(refusal)
    try {
      return await present()
    } catch (error) {
      if (isRefusal(error)) refusal = error.code
      throw error
    }
  }
}
