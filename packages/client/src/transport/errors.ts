// The errors a caller can meet. Each has a stable `code`; narrow by `switch (error.code)`.
// None carries a token, a password, a header or a `cause` of foreign making: what a runtime or a custom `fetch` puts
// into its errors is not ours to vouch for.
import type { components } from './contract.ts'

/** Error codes of the native API (RFC 9457 member `code`); see the server's `docs/errors.md`. */
export type NativeCode = components['schemas']['ProblemCode']

/** Error codes of the OAuth endpoints (RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 8707 §2). */
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
 * Why a login began no session although everything that was shown is right. `password_must_change`: somebody else set the
 * password, and the person must change it. `enrolment_required`: the policy demands an authenticator that the person has to
 * set up.
 */
export type IncompleteLoginCode = 'password_must_change' | 'enrolment_required'

/** Every code of a {@link ProblemError}. A newer server may send one that is not listed: keep a default branch. */
export type ProblemCode = NativeCode | OAuthCode | IncompleteLoginCode

/** No answer came, or only part of one: the network failed, the connection was cut or time ran out. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code = 'transport_failed'
  /** What happened, in one word: `timed_out`, or the runtime's own word such as `ECONNREFUSED`. */
  readonly reason: string

  constructor(reason: string) {
    super(`No complete answer from the server (${reason})`)
    this.reason = reason
  }
}

/** What a {@link ProblemError} tells beside its code. */
export interface ProblemDetails {
  /** HTTP status. */
  readonly status: number
  /** One public sentence of the server; long token-like words are replaced by `[redacted]`. */
  readonly detail?: string | undefined
  /** Which rule was broken, as a constant word, where the code alone does not say (`too_short`). */
  readonly reason?: string | undefined
  /** Seconds to wait before another try, where the server said so (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number | undefined
  /** Which members of the request were not acceptable (JSON pointers, RFC 6901); empty where the server named none. */
  readonly errors?: readonly MemberError[]
}

/** One member of a request that was not acceptable. */
export interface MemberError {
  readonly pointer: string
  readonly detail: string
}

/** The server refused the request with a documented error. */
export class ProblemError<Code extends ProblemCode = ProblemCode> extends Error {
  override readonly name = 'ProblemError'
  /** The stable word for what is wrong. */
  readonly code: Code
  /** HTTP status. */
  readonly status: number
  /** One public sentence of the server; long token-like words are replaced by `[redacted]`. */
  readonly detail: string | undefined
  /** Which rule was broken, as a constant word, where the code alone does not say (`too_short`). */
  readonly reason: string | undefined
  /** Seconds to wait before another try, where the server said so (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds: number | undefined
  /** Which members of the request were not acceptable; empty where the server named none. */
  readonly errors: readonly MemberError[]

  constructor(code: Code, details: ProblemDetails) {
    super(details.detail === undefined ? `${code} (HTTP ${details.status})` : `${code}: ${details.detail}`)
    this.code = code
    this.status = details.status
    this.detail = details.detail
    this.reason = details.reason
    this.retryAfterSeconds = details.retryAfterSeconds
    this.errors = details.errors ?? []
  }
}

/** The answer is none that the contract knows: a proxy's page, a redirect, broken JSON, a body without end. */
export class UnexpectedResponseError extends Error {
  override readonly name = 'UnexpectedResponseError'
  readonly code = 'unexpected_response'
  /** HTTP status, 0 where the runtime hides it (a redirect in a browser). */
  readonly status: number
  /** What is wrong with it; never a quotation. */
  readonly reason: string

  constructor(status: number, reason: string) {
    super(`Unexpected answer (HTTP ${status}): ${reason}`)
    this.status = status
    this.reason = reason
  }
}

/** The session is over and there is no way, or no permission, to log in again without asking somebody. */
export class SessionExpiredError extends Error {
  override readonly name = 'SessionExpiredError'
  readonly code = 'session_expired'
  /** The code of the refusal that ended it, where there was one: `refresh_token_reused` may mean a theft. */
  readonly refusal: string | undefined
  /** The sentence that came with the refusal, where there was one; as {@link ProblemDetails} has it. */
  readonly detail: string | undefined

  constructor(refusal?: string, detail?: string) {
    const why = detail === undefined ? '' : `: ${detail}`
    super(refusal === undefined ? 'There is no session' : `The session is over (${refusal})${why}`)
    this.refusal = refusal
    this.detail = detail
  }
}

/** What is left when a credential was refused and there is no other. */
export function sessionEndedBy(refusal: ProblemError | UnexpectedResponseError | undefined): SessionExpiredError {
  return new SessionExpiredError(refusal?.code, refusal instanceof ProblemError ? refusal.detail : undefined)
}

/** Everything a call rejects with, apart from the abort reason of the caller's own signal and errors of its own store. */
export type ClientError = TransportError | ProblemError | UnexpectedResponseError | SessionExpiredError

/** Narrows an unknown thrown value to {@link ClientError}. */
export function isClientError(error: unknown): error is ClientError {
  return (
    error instanceof TransportError ||
    error instanceof ProblemError ||
    error instanceof UnexpectedResponseError ||
    error instanceof SessionExpiredError
  )
}

/** Whether the same request may succeed later: no answer, overload (429, 503) or a fault on the way (408, 5xx). */
export function isTransient(error: unknown): error is TransportError | ProblemError | UnexpectedResponseError {
  if (error instanceof TransportError) return true
  if (!(error instanceof ProblemError || error instanceof UnexpectedResponseError)) return false
  return error.status === 408 || error.status === 429 || error.status >= 500
}

const refusals: ReadonlySet<string> = new Set([
  'invalid_grant',
  'grant_invalid',
  'refresh_token_reused',
  'password_must_change',
  'enrolment_required',
])

/** Whether the server said for good that a credential is not accepted (401, or RFC 6749 §5.2 `invalid_grant`), or for no session. */
export function isRefusal(error: unknown): error is ProblemError | UnexpectedResponseError {
  if (error instanceof UnexpectedResponseError) return error.status === 401
  if (!(error instanceof ProblemError)) return false
  return error.status === 401 || refusals.has(error.code)
}
