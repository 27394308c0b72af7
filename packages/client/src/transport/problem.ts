// Parses error bodies: native problems (RFC 9457), OAuth errors (RFC 6749 §5.2), errors of dialects. And decides what an
// error means for the next request.
import {
  isClientError,
  type MemberError,
  type ProblemCode,
  ProblemError,
  SessionExpiredError,
  type TransportError,
  UnexpectedResponseError,
} from './errors.ts'

/** Dialects have their own codes; their errors get the native code of their status. */
const codeOfStatus: Record<number, ProblemCode> = {
  400: 'request_invalid',
  401: 'token_invalid',
  403: 'access_denied',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'media_type_unsupported',
  429: 'throttled',
  500: 'internal',
  503: 'unavailable',
}

/** Shorter than any token. */
const snakeCase = /^[a-z][a-z0-9_]{0,39}$/
/** Long enough for a sentence. */
const maxDetailLength = 500
const maxMemberErrors = 50
const tokenLike = /[A-Za-z0-9\-._~+=]{24,}/g

/**
 * Parses an error response.
 *
 * @param answer Status and headers.
 * @param body The parsed body, or its text.
 * @param secrets Secrets of the request. If the server echoes one, the error must not contain it.
 */
export function problemOf(
  answer: { readonly status: number; readonly headers: Headers },
  body: unknown,
  secrets: readonly string[] = [],
): ProblemError | UnexpectedResponseError {
  const members = membersOf(body)
  const code = members && codeOf(members, answer.status)
  if (!members || code === undefined || secrets.includes(code))
    return new UnexpectedResponseError(answer.status, 'no documented error body')
  const detail = [members.detail, members.error_description, members.message, members.error].find(isSentence)
  return new ProblemError(code, {
    status: answer.status,
    detail: publicText(detail, secrets),
    reason: isWord(members.reason) ? members.reason : undefined,
    retryAfterSeconds: retryAfterOf(answer.headers),
    errors: memberErrorsOf(members.errors, secrets),
  })
}

function memberErrorsOf(errors: unknown, secrets: readonly string[]): MemberError[] {
  if (!Array.isArray(errors)) return []
  return errors.slice(0, maxMemberErrors).flatMap((error) => {
    const members = membersOf(error)
    const pointer = publicText(members?.pointer, secrets)
    const detail = publicText(members?.detail, secrets)
    return pointer === undefined || detail === undefined ? [] : [{ pointer, detail }]
  })
}

function codeOf({ code, error }: Record<string, unknown>, status: number): ProblemCode | undefined {
  // A code that this version does not list is passed on, because codes are stable.
  return ([code, error].find(isWord) as ProblemCode | undefined) ?? codeOfStatus[status]
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && snakeCase.test(value)
}

/** Parses JSON; `undefined` if it is none. The engine's message quotes the text, so it is dropped. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The members of a JSON object; `undefined` for any other value. */
export function membersOf(body: unknown): Record<string, unknown> | undefined {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as Record<string, unknown>)
    : undefined
}

/** A sentence contains a space; a bare code such as `invalid_grant` is not a detail. */
function isSentence(value: unknown): value is string {
  return typeof value === 'string' && value.includes(' ')
}

/**
 * Replaces token-like words. A text with a secret is dropped as a whole, because a marked gap could reveal the secret.
 */
function publicText(text: unknown, secrets: readonly string[]): string | undefined {
  if (typeof text !== 'string' || secrets.some((secret) => secret !== '' && text.includes(secret))) return undefined
  return text
    .slice(0, maxDetailLength)
    .replace(tokenLike, '[redacted]')
    .replace(/\p{Cc}/gu, ' ')
}

/** `Retry-After`, only in the form in seconds: the date form needs two synchronised clocks. */
export function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('Retry-After')
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : undefined
}

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
