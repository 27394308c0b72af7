import { problemOf } from '../transport/problem.ts'
import { calledFrom } from './call-site.ts'

/**
 * The result of a typed call.
 *
 * @example
 * ```ts
 * import { type CallResult, createClient } from '@countersign/client'
 *
 * const client = createClient({ baseUrl: 'https://auth.example' })
 * const result: CallResult = await client.GET('/healthz')
 * console.log(result.response.status)
 * ```
 */
export interface CallResult {
  readonly data?: unknown
  readonly error?: unknown
  readonly response: Response
}

/**
 * The type of a call's documented success.
 *
 * @example
 * ```ts
 * import { createClient, type DataOf, unwrap } from '@countersign/client'
 *
 * const client = createClient({ baseUrl: 'https://auth.example' })
 * const showMe = () => client.GET('/v1/me')
 * const me: DataOf<Awaited<ReturnType<typeof showMe>>> = await unwrap(showMe())
 * ```
 */
export type DataOf<Result> = Result extends { data: infer Data } ? Data : never

/**
 * Turns `{ data, error }` into data or a thrown error.
 *
 * @param call A call of a {@link Client}, or its result.
 * @returns The data of the documented success.
 * @throws ProblemError For a documented refusal.
 * @throws UnexpectedResponseError For any other answer that is not a success.
 * @throws The error that the call rejects with.
 * @example
 * ```ts
 * import { createClient, unwrap } from '@countersign/client'
 *
 * const client = createClient({ baseUrl: 'https://auth.example', auth: () => 'cs_pat_…' })
 * const me = await unwrap(client.GET('/v1/me'))
 * console.log(me.username)
 * ```
 */
export async function unwrap<Result extends CallResult>(call: Promise<Result> | Result): Promise<DataOf<Result>> {
  const seenByCaller = calledFrom(unwrap)
  const { data, error, response } = await call
  if (!response.ok) throw seenByCaller(problemOf(response, error))
  return data as DataOf<Result>
}
