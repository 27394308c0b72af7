/** Every error that the HTTP layer finds before a use case is asked, and the kind of refusal that it is (docs/errors.md). */
export const requestErrors = {
  request_invalid: 'invalid',
  credentials_missing: 'unauthenticated',
  route_not_found: 'not_found',
  method_not_allowed: 'invalid',
  body_too_large: 'invalid',
  media_type_unsupported: 'invalid',
  origin_refused: 'forbidden',
  host_unknown: 'invalid',
  overloaded: 'unavailable',
} as const
export type RequestErrorCode = keyof typeof requestErrors

/** One place of a request that does not have the shape that the contract gives it. */
export interface ShapeError {
  /** JSON pointer into `{ params, query, headers, body }`; made of the contract's own names only. */
  readonly pointer: string
  /** One constant sentence; never a value that the client sent. */
  readonly detail: string
}

export interface RequestErrorOptions {
  /** Headers that the answer must carry whatever the audience, e.g. `allow` (RFC 9110 §15.5.6). Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  readonly errors?: readonly ShapeError[]
}

/** A request that the HTTP layer refuses. `detail` is public and constant: it never quotes what was sent. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly code: RequestErrorCode
  readonly detail: string
  readonly headers: Readonly<Record<string, string>>
  readonly errors: readonly ShapeError[]

  constructor(code: RequestErrorCode, detail: string, options: RequestErrorOptions = {}) {
    super(`${code}: ${detail}`)
    this.code = code
    this.detail = detail
    this.headers = options.headers ?? {}
    this.errors = options.errors ?? []
  }
}

/** The client closed the connection before its request was complete; whatever is answered, nobody reads it. */
export class RequestAborted extends Error {
  override readonly name = 'RequestAborted'

  constructor() {
    super('The client closed the connection before its request was complete.')
  }
}
