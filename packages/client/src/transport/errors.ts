// The errors of calls, by a stable `code`. None contains a token, a password, a header, or a `cause` of unknown content.
// The folder transport/ owns HTTP exchanges and errors; it must not know sessions.
import { recognizedInAnyBuild } from './any-build.ts'
import type { components } from './contract.ts'

/**
 * Error codes of the native API (RFC 9457 member `code`); see the server's `docs/errors.md`.
 *
 * @example
 * ```ts
 * import type { NativeCode } from '@countersign/client'
 *
 * const retryLater: readonly NativeCode[] = ['throttled', 'overloaded', 'unavailable']
 * ```
 */
export type NativeCode = components['schemas']['ProblemCode']

/**
 * Error codes of the OAuth endpoints (RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 8707 §2).
 *
 * @example
 * ```ts
 * import type { OAuthCode } from '@countersign/client'
 *
 * const misconfigured: readonly OAuthCode[] = ['invalid_client', 'invalid_scope', 'invalid_target']
 * ```
 */
export type OAuthCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_token_type'
  | 'server_error'
  | 'temporarily_unavailable'

/**
 * Why a login with correct credentials started no session. `password_must_change`: another user set the password, and
 * the user must change it. `enrolment_required`: the policy requires an authenticator that the user must set up first.
 *
 * @example
 * ```ts
 * import type { IncompleteLoginCode } from '@countersign/client'
 *
 * const hints: Readonly<Record<IncompleteLoginCode, string>> = {
 *   password_must_change: 'Change your password first',
 *   enrolment_required: 'Set up an authenticator first',
 * }
 * ```
 */
export type IncompleteLoginCode = 'password_must_change' | 'enrolment_required'

/**
 * Every code of a {@link ProblemError}. A newer server may send an unlisted one: keep a default branch.
 *
 * @example
 * ```ts
 * import { type ProblemCode, ProblemError } from '@countersign/client'
 *
 * export const has = (error: unknown, code: ProblemCode) => error instanceof ProblemError && error.code === code
 * ```
 */
export type ProblemCode = NativeCode | OAuthCode | IncompleteLoginCode

/** What the errors of calls share: each has its name, its code and its details as properties of its own. */
class CallError extends Error {
  static {
    recognizedInAnyBuild(CallError, 'CallError')
  }

  constructor(name: string, code: string, message: string, details: object) {
    super(message)
    Object.assign(this, { name, code, ...details })
  }
}

/**
 * No complete answer arrived: the network failed, the connection was closed, or the time was up.
 *
 * @example
 * ```ts
 * import { TransportError } from '@countersign/client'
 *
 * export const isTimeout = (error: unknown) => error instanceof TransportError && error.reason === 'timed_out'
 * ```
 */
export class TransportError extends CallError {
  static {
    recognizedInAnyBuild(TransportError, 'TransportError')
  }

  declare readonly name: 'TransportError'
  declare readonly code: 'transport_failed'
  /**
   * The reason in one word: `timed_out`, `origin_refused` if the server does not allow calls from the page's origin, or
   * the runtime's code such as `ECONNREFUSED`.
   */
  declare readonly reason: string

  constructor(reason: string) {
    const why = `No complete answer from the server (${reason})`
    const message = reason === 'origin_refused' ? 'This server does not allow calls from this origin' : why
    super('TransportError', 'transport_failed', message, { reason })
  }
}

/**
 * The details of a {@link ProblemError}.
 *
 * @example
 * ```ts
 * import { type ProblemDetails, ProblemError } from '@countersign/client'
 *
 * const details: ProblemDetails = { status: 429, retryAfterSeconds: 30 }
 * const error = new ProblemError('throttled', details)
 * ```
 */
export interface ProblemDetails {
  /** HTTP status. */
  readonly status: number
  /** The server's public sentence; long token-like words are replaced by `[redacted]`. */
  readonly detail?: string | undefined
  /** The violated rule as a constant word, if the code alone does not name it (`too_short`). */
  readonly reason?: string | undefined
  /** Seconds to wait before another attempt, if the server sent them (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number | undefined
  /** The invalid members of the request (JSON pointers, RFC 6901); empty if the server named none. */
  readonly errors?: readonly MemberError[]
}

/**
 * One invalid member of a request.
 *
 * @example
 * ```ts
 * import type { MemberError } from '@countersign/client'
 *
 * export const lineOf = ({ pointer, detail }: MemberError) => `${pointer} ${detail}`
 * ```
 */
export interface MemberError {
  readonly pointer: string
  readonly detail: string
}

/**
 * The server refused the request with a documented error.
 *
 * @example
 * ```ts
 * import { createClient, ProblemError, unwrap } from '@countersign/client'
 *
 * const client = createClient({ baseUrl: 'https://auth.example', auth: () => 'cs_pat_…' })
 * try {
 *   await unwrap(client.GET('/v1/users'))
 * } catch (error) {
 *   if (!(error instanceof ProblemError) || error.code !== 'access_denied') throw error
 *   console.error('Only managers may list users')
 * }
 * ```
 */
export class ProblemError<Code extends ProblemCode = ProblemCode> extends CallError {
  static {
    recognizedInAnyBuild(ProblemError, 'ProblemError')
  }

  declare readonly name: 'ProblemError'
  /** The stable error code. */
  declare readonly code: Code
  /** HTTP status. */
  declare readonly status: number
  /** The server's public sentence; long token-like words are replaced by `[redacted]`. */
  declare readonly detail: string | undefined
  /** The violated rule as a constant word, if the code alone does not name it (`too_short`). */
  declare readonly reason: string | undefined
  /** Seconds to wait before another attempt, if the server sent them (RFC 9110 §10.2.3). */
  declare readonly retryAfterSeconds: number | undefined
  /** The invalid members of the request; empty if the server named none. */
  declare readonly errors: readonly MemberError[]

  constructor(code: Code, { status, detail, reason, retryAfterSeconds, errors = [] }: ProblemDetails) {
    const message = detail === undefined ? `${code} (HTTP ${status})` : `${code}: ${detail}`
    super('ProblemError', code, message, { status, detail, reason, retryAfterSeconds, errors })
  }
}

/**
 * The answer does not match the contract: a proxy's page, a redirect, invalid JSON, a body above the limit.
 *
 * @example
 * ```ts
 * import { UnexpectedResponseError } from '@countersign/client'
 *
 * export const isProxyError = (error: unknown) => error instanceof UnexpectedResponseError && error.status === 502
 * ```
 */
export class UnexpectedResponseError extends CallError {
  static {
    recognizedInAnyBuild(UnexpectedResponseError, 'UnexpectedResponseError')
  }

  declare readonly name: 'UnexpectedResponseError'
  declare readonly code: 'unexpected_response'
  /** HTTP status; 0 if the runtime hides it (a redirect in a browser). */
  declare readonly status: number
  /** What is wrong with the answer. Never quotes it. */
  declare readonly reason: string

  constructor(status: number, reason: string) {
    const message = `Unexpected answer (HTTP ${status}): ${reason}`
    super('UnexpectedResponseError', 'unexpected_response', message, { status, reason })
  }
}

/**
 * The session has ended, and the client cannot or may not log in again without asking the user.
 *
 * @example
 * ```ts
 * import { SessionExpiredError } from '@countersign/client'
 *
 * export const mustLogIn = (error: unknown) => error instanceof SessionExpiredError
 * ```
 */
export class SessionExpiredError extends CallError {
  static {
    recognizedInAnyBuild(SessionExpiredError, 'SessionExpiredError')
  }

  declare readonly name: 'SessionExpiredError'
  declare readonly code: 'session_expired'
  /** The code of the refusal that ended the session, if there was one. `refresh_token_reused` may mean a theft. */
  declare readonly refusal: string | undefined
  /** The sentence of that refusal, if there was one; as in {@link ProblemDetails}. */
  declare readonly detail: string | undefined

  constructor(refusal?: string, detail?: string) {
    const why = detail === undefined ? '' : `: ${detail}`
    const message = refusal === undefined ? 'There is no session' : `The session is over (${refusal})${why}`
    super('SessionExpiredError', 'session_expired', message, { refusal, detail })
  }
}

/**
 * Every error of a call, except the abort reason of the caller's own signal and errors of its own store.
 *
 * @example
 * ```ts
 * import type { ClientError } from '@countersign/client'
 *
 * export function messageOf(error: ClientError): string {
 *   switch (error.code) {
 *     case 'session_expired':
 *       return 'Please log in again'
 *     case 'throttled':
 *       return `Try again in ${error.retryAfterSeconds} s`
 *     default:
 *       return error.message
 *   }
 * }
 * ```
 */
export type ClientError = TransportError | ProblemError | UnexpectedResponseError | SessionExpiredError

/**
 * Whether a thrown value is a {@link ClientError}.
 *
 * @param error Any thrown value.
 * @example
 * ```ts
 * import { createClient, isClientError, unwrap } from '@countersign/client'
 *
 * const client = createClient({ baseUrl: 'https://auth.example', auth: () => 'cs_pat_…' })
 * const name = await unwrap(client.GET('/v1/me')).then(
 *   (me) => me.username,
 *   (error) => (isClientError(error) ? error.code : Promise.reject(error)),
 * )
 * ```
 */
export function isClientError(error: unknown): error is ClientError {
  return error instanceof CallError
}
