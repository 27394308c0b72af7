// Lists to their end: the pages are requested while the caller reads.
import type { paths } from '../transport/contract.ts'
import { UnexpectedResponseError } from '../transport/errors.ts'
import { membersOf } from '../transport/problem.ts'
import type { Client } from './client.ts'
import { type CallResult, unwrap } from './unwrap.ts'

type PageOf<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Page } } } }
}
  ? Page
  : never

/**
 * The paths of the contract whose GET operation lists in pages.
 *
 * @example
 * ```ts
 * import type { ListPath } from '@countersign/client'
 *
 * const path: ListPath = '/v1/users'
 * ```
 */
export type ListPath = {
  [Path in keyof paths]: PageOf<Path> extends { next_cursor: string | null } ? Path : never
}[keyof paths]

/**
 * The items of a list.
 *
 * @example
 * ```ts
 * import type { ItemOf } from '@countersign/client'
 *
 * export const nameOf = (user: ItemOf<'/v1/users'>): string => user.username
 * ```
 */
export type ItemOf<Path extends ListPath> = {
  [Member in keyof PageOf<Path>]: PageOf<Path>[Member] extends readonly (infer Item)[] ? Item : never
}[keyof PageOf<Path>]

/**
 * Options of {@link paginate}: the parameters of the operation, without `cursor`.
 *
 * @example
 * ```ts
 * import type { PaginateOptions } from '@countersign/client'
 *
 * const options: PaginateOptions<'/v1/audit'> = { query: { action: 'login_failed' } }
 * ```
 */
export interface PaginateOptions<Path extends ListPath> {
  /** The parameters of the operation. `limit` is the size of a page. Default: the server's. */
  readonly query?: Omit<QueryOf<Path>, 'cursor'>
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal
}

type QueryOf<Path extends ListPath> = paths[Path] extends { get: { parameters: { query?: infer Query } } }
  ? NonNullable<Query>
  : never

/**
 * Iterates over a list, page by page. The next page is requested when the items of the last one have been read, so that
 * leaving the loop early requests no further page. What is created or removed meanwhile may be missing or present.
 *
 * @param client The client that calls.
 * @param path A path of the contract that lists in pages: `/v1/users`, `/v1/clients`, `/v1/audit`, …
 * @param options The parameters of the operation, and a signal.
 * @returns The items, typed by the operation.
 * @throws ProblemError For a documented refusal, and the other errors of {@link unwrap}.
 * @throws UnexpectedResponseError If a page is not one, or the server returns a cursor twice.
 * @example
 * ```ts
 * import { createClient, paginate } from '@countersign/client'
 *
 * const client = createClient({ baseUrl: 'https://auth.example', auth: () => 'cs_pat_…' })
 * for await (const user of paginate(client, '/v1/users')) console.log(user.username, user.role)
 * ```
 */
export async function* paginate<Path extends ListPath>(
  client: Pick<Client, 'GET'>,
  path: Path,
  options: PaginateOptions<Path> = {},
): AsyncGenerator<ItemOf<Path>, void, undefined> {
  const { query, signal = null } = options
  const get = client.GET as (path: string, init: object) => Promise<CallResult>
  const seen = new Set<unknown>()
  for (let cursor: unknown; cursor !== null; ) {
    const page = membersOf(await unwrap(get(path, { params: { query: { ...query, cursor } }, signal })))
    const items = page && Object.values(page).find(Array.isArray)
    cursor = page?.next_cursor
    const isPage = items !== undefined && (cursor === null || typeof cursor === 'string')
    if (!isPage || seen.has(cursor)) throw new UnexpectedResponseError(200, 'not a page of a list')
    seen.add(cursor)
    yield* items
  }
}
