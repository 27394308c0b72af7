import { recognizedInAnyBuild } from './any-build.ts'

/**
 * Why a request is refused.
 *
 * | code | status | meaning |
 * |---|---|---|
 * | `token_missing` | 401 | the request has no Bearer token |
 * | `token_invalid` | 401 | the token is malformed, unknown, or not meant for this API |
 * | `token_expired` | 401 | the token was good, and has expired |
 * | `token_revoked` | 401 | the token was good, and was revoked |
 * | `scope_insufficient` | 403 | the token has not all the scopes that the operation requires |
 * | `request_invalid` | 400 | two credentials, a malformed header, or a token in the query |
 * | `issuer_unreachable` | 503 | the issuer is needed, and does not respond |
 * | `issuer_refused` | 503 | the issuer refuses the verifier's own credentials |
 * | `verifier_silent` | 503 | the verifier does not know the latest revocations, and `whenSilent` is `closed` |
 *
 * @example
 * ```ts
 * import type { VerificationCode } from '@countersign/verifier'
 *
 * const shouldRetry = (code: VerificationCode): boolean => code === 'issuer_unreachable' || code === 'verifier_silent'
 * ```
 */
export type VerificationCode =
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'token_revoked'
  | 'scope_insufficient'
  | 'request_invalid'
  | 'issuer_unreachable'
  | 'issuer_refused'
  | 'verifier_silent'

/** What each code is as a response. `error` is the code of RFC 6750 §3.1; without it a challenge has no error. */
const kinds: Readonly<
  Record<VerificationCode, { readonly status: 400 | 401 | 403 | 503; readonly error?: string; readonly title: string }>
> = {
  token_missing: { status: 401, title: 'An access token is required.' },
  token_invalid: { status: 401, error: 'invalid_token', title: 'The access token is not valid here.' },
  token_expired: { status: 401, error: 'invalid_token', title: 'The access token has expired.' },
  token_revoked: { status: 401, error: 'invalid_token', title: 'The access token has been revoked.' },
  scope_insufficient: { status: 403, error: 'insufficient_scope', title: 'The access token lacks a required scope.' },
  request_invalid: { status: 400, error: 'invalid_request', title: 'The request must have one Bearer token.' },
  issuer_unreachable: { status: 503, title: 'The access token cannot be verified now.' },
  issuer_refused: { status: 503, title: 'The access token cannot be verified now.' },
  verifier_silent: { status: 503, title: 'The access token cannot be verified now.' },
}

/** Seconds until a client should repeat a request that got a 503. */
const retryAfterSeconds = 1

/**
 * Which resource a challenge is about.
 *
 * @example
 * ```ts
 * import { type ChallengeTerms, VerificationError } from '@countersign/verifier'
 *
 * const refuse = (terms: ChallengeTerms): Response => new VerificationError('token_missing', terms).toResponse()
 * ```
 */
export interface ChallengeTerms {
  /** The URL of the resource's metadata (RFC 9728 §5.1); absent if the resource is not an http(s) URL. */
  readonly metadataUrl?: string | undefined
  /** The scopes that the operation requires (RFC 6750 §3). */
  readonly scope?: readonly string[] | undefined
  readonly cause?: unknown
}

/**
 * A request that is refused, as a response: its status, its headers (the challenge of RFC 6750 §3 with the
 * `resource_metadata` of RFC 9728 §5.1), and a body (RFC 9457). It never contains the token.
 *
 * @example
 * ```ts
 * import { VerificationError, type Verifier } from '@countersign/verifier'
 *
 * async function handle(verifier: Verifier, request: Request): Promise<Response> {
 *   try {
 *     const { subject } = await verifier.verify(request)
 *     return new Response(`Hello ${subject}`)
 *   } catch (error) {
 *     if (error instanceof VerificationError) return error.toResponse()
 *     throw error
 *   }
 * }
 * ```
 */
export class VerificationError extends Error {
  static {
    recognizedInAnyBuild(VerificationError, 'VerificationError')
  }

  override readonly name = 'VerificationError'
  readonly code: VerificationCode
  readonly status: 400 | 401 | 403 | 503
  /** Response headers, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>

  constructor(code: VerificationCode, terms: ChallengeTerms = {}) {
    super(kinds[code].title, terms.cause === undefined ? {} : { cause: terms.cause })
    this.code = code
    this.status = kinds[code].status
    this.headers = {
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
      ...(this.status === 503
        ? { 'retry-after': `${retryAfterSeconds}` }
        : { 'www-authenticate': challenge(code, terms) }),
    }
  }

  /** The body of the response, as JSON (RFC 9457). */
  get body(): string {
    return JSON.stringify({ type: 'about:blank', title: this.message, status: this.status, code: this.code })
  }

  /** The whole response. */
  toResponse(): Response {
    return new Response(this.body, { status: this.status, headers: this.headers })
  }
}

function challenge(code: VerificationCode, { metadataUrl, scope = [] }: ChallengeTerms): string {
  const { error, title } = kinds[code]
  const parameters = [
    // A request without a token gets no error code (RFC 6750 §3.1).
    ...(error ? [`error="${error}"`, `error_description="${title}"`] : []),
    ...(scope.length > 0 && (error === undefined || error === 'insufficient_scope')
      ? [`scope="${scope.join(' ')}"`]
      : []),
    ...(metadataUrl ? [`resource_metadata="${metadataUrl}"`] : []),
  ]
  return parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`
}
