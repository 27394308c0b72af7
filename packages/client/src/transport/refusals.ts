// What an error means for the next request.
import {
  isClientError,
  type ProblemError,
  SessionExpiredError,
  type TransportError,
  type UnexpectedResponseError,
} from './errors.ts'

/** The error after a credential was refused and there is no other. */
export function sessionEndedBy(refusal: ProblemError | UnexpectedResponseError | undefined): SessionExpiredError {
  return new SessionExpiredError(refusal?.code, (refusal as Partial<ProblemError> | undefined)?.detail)
}

/** Whether the same request may succeed later: no answer, overload (429, 503), or an error on the way (408, 5xx). */
export function isTransient(error: unknown): error is TransportError | ProblemError | UnexpectedResponseError {
  if (!isClientError(error)) return false
  if ('status' in error) return isTransientStatus(error.status)
  return error.code === 'transport_failed' && error.reason !== 'origin_refused'
}

/** Whether the same request may succeed later: 408, 429 or 5xx. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

const refusals: ReadonlySet<string> = new Set([
  'credentials_invalid',
  'invalid_grant',
  'grant_invalid',
  'refresh_token_reused',
  'password_must_change',
  'enrolment_required',
])

/**
 * Whether the server refused a credential for good (401, or RFC 6749 §5.2 `invalid_grant`), or the login gives no
 * session.
 */
export function isRefusal(error: unknown): error is ProblemError | UnexpectedResponseError {
  return isClientError(error) && 'status' in error && (error.status === 401 || refusals.has(error.code))
}
