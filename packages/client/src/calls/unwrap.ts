import { problemOf } from '../transport/problem.ts'
import { calledFrom } from './call-site.ts'

/** What a typed call resolves to. */
export interface CallResult {
  readonly data?: unknown
  readonly error?: unknown
  readonly response: Response
}

/** The documented success of a call. */
export type DataOf<Result> = Result extends { data: infer Data } ? Data : never

/**
 * Turns `{ data, error }` into data or a thrown error.
 *
 * @example
 * const me = await unwrap(client.GET('/v1/me'))
 * @throws ProblemError For a documented refusal.
 * @throws UnexpectedResponseError For any other answer that is no success.
 * @throws What the call rejects with, as it is.
 */
export async function unwrap<Result extends CallResult>(call: Promise<Result> | Result): Promise<DataOf<Result>> {
  const seenByCaller = calledFrom(unwrap)
  const { data, error, response } = await call
  if (!response.ok) throw seenByCaller(problemOf(response, error))
  return data as DataOf<Result>
}
