/** Every error that the HTTP layer detects before a use case runs, with its kind (docs/errors.md). */
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

/** One part of a request that does not match the contract. */
export interface ShapeError {
  /** JSON pointer into `{ params, query, headers, body }`; contains only names of the contract. */
  readonly pointer: string
  /** One constant sentence. Never contains a value that the client sent. */
  readonly detail: string
}

export interface RequestErrorOptions {
  /** Headers that every renderer must send, e.g. `allow` (RFC 9110 §15.5.6). Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  readonly errors?: readonly ShapeError[]
}

/** A request that the HTTP layer refuses. `detail` is public and constant; it never quotes the request. */
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

/** The client closed the connection before its request was complete. No answer can reach it. */
export class RequestAborted extends Error {
  override readonly name = 'RequestAborted'

  constructor() {
    super('The client closed the connection before its request was complete.')
  }
}
