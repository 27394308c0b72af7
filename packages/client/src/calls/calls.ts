// The types of the calls, and of what may stand between a call and the network.
import type {
  BodyOf,
  BodyTypes,
  HttpMethod,
  OperationAt,
  ParametersOf,
  PathsWith,
  RequiredKeys,
  ResultOf,
  SentBody,
} from './operation-types.ts'
import type { QueryStyles } from './parameters.ts'

type HeaderValue = string | number | boolean | (string | number | boolean)[] | null | undefined

/** The options of a call: the parameters and the body by the contract, and those of `fetch`. */
export type CallOptions<Operation, Kind extends keyof BodyTypes = keyof BodyTypes> = ParametersOf<Operation> &
  BodyOf<Operation> & {
    baseUrl?: string
    /** Writes the query. */
    querySerializer?: ((query: QueryOf<Operation>) => string) | QueryStyles
    /** Writes the body. */
    bodySerializer?: (body: SentBody<Operation>) => unknown
    /** Writes the parameters of the path. */
    pathSerializer?: PathSerializer
    /** How the body of a success is read. Default: as JSON. */
    parseAs?: Kind
    fetch?: (request: Request) => Promise<Response>
    headers?: Required<RequestInit>['headers'] | Record<string, HeaderValue>
    middleware?: Middleware[]
    /** Members that the runtime's own `RequestInit` has beside those. */
    [other: string]: unknown
  } & Omit<RequestInit, 'body' | 'headers'>

type QueryOf<Operation> = Operation extends { parameters: { query?: infer Query } }
  ? NonNullable<Query>
  : Record<string, unknown>
type PathSerializer = (path: string, values: Record<string, unknown>) => string

/** The second argument of a call. It is required if the contract requires a parameter or a body. */
type Arguments<Operation, Kind extends keyof BodyTypes> =
  RequiredKeys<ParametersOf<Operation> & BodyOf<Operation>> extends never
    ? [options?: CallOptions<Operation, Kind>]
    : [options: CallOptions<Operation, Kind>]

/** A call of one HTTP method. */
export type Call<Paths, Method extends HttpMethod> = <
  Path extends PathsWith<Paths, Method>,
  Kind extends keyof BodyTypes = 'json',
>(
  path: Path,
  ...options: Arguments<OperationAt<Paths[Path], Method>, Kind>
) => Promise<ResultOf<OperationAt<Paths[Path], Method>, Kind>>

/** The calls of a contract, typed by its `paths`. */
export interface FetchClient<Paths extends object> {
  /** Calls an operation by its method and path. */
  request: <Method extends HttpMethod, Path extends PathsWith<Paths, Method>, Kind extends keyof BodyTypes = 'json'>(
    method: Method,
    path: Path,
    ...options: Arguments<OperationAt<Paths[Path], Method>, Kind>
  ) => Promise<ResultOf<OperationAt<Paths[Path], Method>, Kind>>
  /** Calls an operation that reads. */
  GET: Call<Paths, 'get'>
  /** Calls an operation that replaces something. */
  PUT: Call<Paths, 'put'>
  /** Calls an operation that creates something, or acts. */
  POST: Call<Paths, 'post'>
  /** Calls an operation that deletes something. */
  DELETE: Call<Paths, 'delete'>
  /** Calls an operation that changes some members. */
  PATCH: Call<Paths, 'patch'>
  /** Calls an operation that tells what is permitted. */
  OPTIONS: Call<Paths, 'options'>
  /** Calls an operation that reads headers only. */
  HEAD: Call<Paths, 'head'>
  /** Calls an operation that returns the request. */
  TRACE: Call<Paths, 'trace'>
  /** Adds middlewares to all calls. */
  use(...middlewares: Middleware[]): void
  /** Removes them. */
  eject(...middlewares: Middleware[]): void
}

/**
 * What a {@link Middleware} is told of a call.
 *
 * @example
 * ```ts
 * import type { MiddlewareContext } from '@countersign/client'
 *
 * export const titleOf = ({ request, schemaPath }: MiddlewareContext) => `${request.method} ${schemaPath}`
 * ```
 */
export interface MiddlewareContext {
  /** The request, as the middlewares before have made it. */
  request: Request
  /** The path of the contract, with its parameters in braces. */
  readonly schemaPath: string
  /** The parameters of the call. */
  readonly params: {
    query?: Record<string, unknown>
    header?: Record<string, unknown>
    path?: Record<string, unknown>
    cookie?: Record<string, unknown>
  }
  /** Differs for each call. */
  readonly id: string
  /** The options of the call, with the defaults. */
  readonly options: {
    baseUrl: string
    parseAs: keyof BodyTypes
    querySerializer: (query: Record<string, unknown>) => string
    bodySerializer: (body: never) => unknown
    pathSerializer: PathSerializer
    fetch: typeof globalThis.fetch
  }
}

type OrPromise<Value> = Value | Promise<Value>
// biome-ignore lint/suspicious/noConfusingVoidType: a function may return nothing
type Nothing = undefined | void

/**
 * Stands between a call and the network, as in openapi-fetch: changes or answers requests, changes responses, answers or
 * replaces failures.
 *
 * @example
 * ```ts
 * import { createClient, type Middleware } from '@countersign/client'
 *
 * const traced: Middleware = {
 *   onRequest({ request }) {
 *     request.headers.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
 *   },
 * }
 * const client = createClient({ baseUrl: 'https://auth.example' })
 * client.use(traced)
 * ```
 */
export interface Middleware {
  onRequest?(context: MiddlewareContext): OrPromise<Request | Response | Nothing>
  onResponse?(context: MiddlewareContext & { response: Response }): OrPromise<Response | Nothing>
  onError?(context: MiddlewareContext & { error: unknown }): OrPromise<Response | Error | Nothing>
}
