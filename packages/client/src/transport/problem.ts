// The one place that reads error bodies: native problems (RFC 9457), OAuth errors (RFC 6749 §5.2), vendor shapes.
import { type MemberError, type ProblemCode, ProblemError, UnexpectedResponseError } from './errors.ts'

/** Vendor dialects have their own codes; their answers get the native word of their status. */
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
/** Long enough for a sentence, too short to hide a token in. */
const maxDetailLength = 500
const maxMemberErrors = 50
const tokenLike = /[A-Za-z0-9\-._~+=]{24,}/g

/**
 * Reads a refusal.
 *
 * @param answer Status and headers.
 * @param body The parsed body, or its text.
 * @param secrets What was sent in confidence: a server that echoes it must not make the error carry it.
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
    detail: detail === undefined ? undefined : publicText(detail, secrets),
    reason: typeof members.reason === 'string' && snakeCase.test(members.reason) ? members.reason : undefined,
    retryAfterSeconds: retryAfterOf(answer.headers),
    errors: memberErrorsOf(members.errors, secrets),
  })
}

function memberErrorsOf(errors: unknown, secrets: readonly string[]): MemberError[] {
  if (!Array.isArray(errors)) return []
  return errors.slice(0, maxMemberErrors).flatMap((error) => {
    const { pointer, detail } = membersOf(error) ?? {}
    if (typeof pointer !== 'string' || typeof detail !== 'string') return []
    const [where, what] = [publicText(pointer, secrets), publicText(detail, secrets)]
    return where === undefined || what === undefined ? [] : [{ pointer: where, detail: what }]
  })
}

function codeOf(members: Record<string, unknown>, status: number): ProblemCode | undefined {
  for (const code of [members.code, members.error]) {
    // A code that this version does not list passes through: it is the server's stable word.
    if (typeof code === 'string' && snakeCase.test(code)) return code as ProblemCode
  }
  return codeOfStatus[status]
}

/** The members of a JSON object; anything else has none. */
export function membersOf(body: unknown): Record<string, unknown> | undefined {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as Record<string, unknown>)
    : undefined
}

/** A sentence has a space; a bare code such as `invalid_grant` is no detail. */
function isSentence(value: unknown): value is string {
  return typeof value === 'string' && value.includes(' ')
}

/** Without what looks like a token. A text that repeats a secret is dropped: to mark the place would tell the secret. */
function publicText(text: string, secrets: readonly string[]): string | undefined {
  if (secrets.some((secret) => secret !== '' && text.includes(secret))) return undefined
  return text
    .slice(0, maxDetailLength)
    .replace(tokenLike, '[redacted]')
    .replace(/\p{Cc}/gu, ' ')
}

/** Only the delay form: the date form needs two clocks that agree. */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('Retry-After')
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : undefined
}
