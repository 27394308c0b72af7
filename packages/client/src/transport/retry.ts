import { type Clock, fraction, type Random } from './clock.ts'
import {
  isRefusal,
  isTransient,
  ProblemError,
  sessionEndedBy,
  TransportError,
  type UnexpectedResponseError,
} from './errors.ts'

/** Tries after the first. */
const maxRetries = 3
const firstPauseSeconds = 0.25
/** Nobody is given up for another try before that: a slow machine answers late, and is not helped by being asked again. */
const patienceSeconds = 2
/** Seconds for a login, its repetitions included. */
export const loginBudgetSeconds = 30

/**
 * Repeats what may succeed later: after a lost answer, a timeout, 408, 429 and 5xx; never after a refusal. Pauses
 * double and have jitter, so that many clients do not come back together; `Retry-After` is honoured.
 *
 * Time is up at the deadline, whatever else held the machine up. An attempt gets a third of the budget, so that a silent
 * server is asked twice more; but 2 s at least, or all that is left. None begins with less than a quarter of what the
 * first one gets: what was sent and is not waited for can only do harm.
 *
 * @param attempt Asks for the seconds it may take just before it sends. That throws TransportError when time is up.
 * @param budgetSeconds Everything together, pauses included.
 * @throws The error of the last attempt.
 */
export async function withRetries<Result>(
  attempt: (timeoutSeconds: () => number) => Promise<Result>,
  budgetSeconds: number,
  { clock, random }: { clock: Clock; random: Random },
): Promise<Result> {
  const endsAt = clock.elapsedSeconds() + budgetSeconds
  const fullSeconds = Math.min(budgetSeconds, Math.max(budgetSeconds / 3, patienceSeconds))
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
      // Whoever oversleeps, as a machine that was suspended, is too late.
      if (isOver(0)) throw error
    }
  }
}

/**
 * Presents fixed credentials until they are refused. Wrong credentials stay wrong: sending them again with each call
 * would only lock the user out.
 *
 * @throws SessionExpiredError Without asking the server, once it refused; it tells what the server said then.
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
