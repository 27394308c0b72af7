// The calls have the types of openapi-fetch. tsc checks this file; it does not run.
import type { Client as Reference, Middleware as ReferenceMiddleware } from 'openapi-fetch'
import type { ApiClient, Middleware, paths } from '../index.ts'

/** Compiles if both types are equal. */
function same<A, B>(..._: [A] extends [B] ? ([B] extends [A] ? [] : ['differs']) : ['differs']): void {}

declare const ours: ApiClient<paths>
declare const theirs: Reference<paths>

export async function theServersContractIsReadAlike(): Promise<void> {
  const me = [await ours.GET('/v1/me'), await theirs.GET('/v1/me')] as const
  same<(typeof me)[0], (typeof me)[1]>()
  const text = [await ours.GET('/v1/me', { parseAs: 'text' }), await theirs.GET('/v1/me', { parseAs: 'text' })] as const
  same<(typeof text)[0], (typeof text)[1]>()
  const body = { label: 'x' }
  const made = [await ours.POST('/v1/tokens', { body }), await theirs.POST('/v1/tokens', { body })] as const
  same<(typeof made)[0], (typeof made)[1]>()
  const params = { path: { id: 'x' } }
  const gone = [
    await ours.DELETE('/v1/authorizations/{id}', { params }),
    await theirs.DELETE('/v1/authorizations/{id}', { params }),
  ] as const
  same<(typeof gone)[0], (typeof gone)[1]>()
  const named = [await ours.request('get', '/v1/me'), await theirs.request('get', '/v1/me')] as const
  same<(typeof named)[0], (typeof named)[1]>()
  // @ts-expect-error The contract asks for the id.
  await ours.DELETE('/v1/authorizations/{id}')
  // @ts-expect-error The contract asks for a body.
  await ours.PUT('/v1/me/password', {})
  // @ts-expect-error The contract has no such parameter.
  await ours.GET('/v1/users', { params: { query: { colour: 'red' } } })
  // @ts-expect-error No body is read so.
  await ours.GET('/v1/me', { parseAs: 'xml' })
}

// As openapi-typescript marks members, if it is told to.
interface $Read<Value> {
  readonly $read: Value
}
interface $Write<Value> {
  readonly $write: Value
}

interface OwnPaths {
  '/orders': {
    get: {
      parameters: { query?: { limit?: number }; header?: never }
      requestBody?: never
      responses: {
        200: { content: { 'application/json': { id: $Read<string>; secret: $Write<string>; of: string | null }[] } }
        204: { content?: never }
        '4XX': { content: { 'application/problem+json': { code: number } } }
        default: { content: { 'text/plain': string } }
      }
    }
    post: {
      parameters: { query: { dry: boolean } }
      requestBody?: { content: { 'application/json': { id: $Read<string>; secret: $Write<string> } } }
      responses: { 201: { content: { 'application/json': { id: $Read<string> } } } }
    }
    put?: never
  }
  '/bare': { head: { responses: { 200: { content?: never } } } }
}
declare const ownOurs: ApiClient<OwnPaths>
declare const ownTheirs: Reference<OwnPaths>

export async function contractsOfOthersAreReadAlike(): Promise<void> {
  const list = [await ownOurs.GET('/orders'), await ownTheirs.GET('/orders')] as const
  same<(typeof list)[0], (typeof list)[1]>()
  const { data, error } = list[0]
  same<NonNullable<typeof data>[number], { id: string; of: string | null }>()
  same<typeof error, { code: number } | string | undefined>()
  const init = { params: { query: { dry: true } }, body: { secret: 'x' } }
  const made = [await ownOurs.POST('/orders', init), await ownTheirs.POST('/orders', init)] as const
  same<(typeof made)[0], (typeof made)[1]>()
  await ownOurs.POST('/orders', { params: { query: { dry: true } } })
  const bare = [await ownOurs.HEAD('/bare'), await ownTheirs.HEAD('/bare')] as const
  same<(typeof bare)[0], (typeof bare)[1]>()
  // @ts-expect-error The API has no such operation.
  await ownOurs.PUT('/orders')
  // @ts-expect-error It has no body.
  await ownOurs.GET('/orders', { body: {} })
  // @ts-expect-error The API gives the id.
  await ownOurs.POST('/orders', { params: { query: { dry: true } }, body: { id: 'x', secret: 'x' } })
}

export function middlewaresServeBoth(middleware: Middleware, reference: ReferenceMiddleware): void {
  ours.use(reference)
  // Theirs must have a member.
  theirs.use({ onRequest: () => undefined, ...middleware })
}
