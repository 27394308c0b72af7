import type { Clock } from '../model/clock.ts'

/** Turns work into work that runs at most once at a time: a call while it runs gets the same promise. */
export function singleFlight<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined
  return () => {
    running ??= work().finally(() => {
      running = undefined
    })
    return running
  }
}

/** How long a failure is the result of further calls. Otherwise each would cause a request while the issuer is away. */
const restSeconds = 1

/** The same, and work that failed is not repeated at once. */
export function restingFlight<Result>(clock: Clock, work: () => Promise<Result>): () => Promise<Result> {
  let failedAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  const once = singleFlight(() =>
    work().catch((error: unknown) => {
      failedAt = clock.elapsedSeconds()
      failure = error
      throw error
    }),
  )
  return () => (clock.elapsedSeconds() - failedAt < restSeconds ? Promise.reject(failure) : once())
}
