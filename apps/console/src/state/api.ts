// The only place that calls the server. The session is in a cookie that no script can read: no call names a token, and no
// answer to a login has one.
import { type CallResult, type Client, type components, createClient, type DataOf, unwrap } from '@countersign/client'

export type Schema = components['schemas']
export type Authorization = Schema['Authorization']
export type User = Schema['User']
export type Role = Schema['Role']

export const api: Client = createClient({ baseUrl: location.origin, allowInsecureHttp: true })

const requestIds = new WeakMap<object, string>()

/** The id of the request that failed, as the server's log and its audit trail name it. */
export const requestIdOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null ? requestIds.get(error) : undefined

/** The data of a call. @throws What the client throws; the request's id is kept for `requestIdOf`. */
export async function send<Result extends CallResult>(call: Promise<Result>): Promise<DataOf<Result>> {
  const result = await call
  try {
    return await unwrap(result)
  } catch (error) {
    const id = result.response.headers.get('x-request-id')
    if (id !== null && typeof error === 'object' && error !== null) requestIds.set(error, id)
    throw error
  }
}
