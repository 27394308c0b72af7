import type { Authorization } from './authorization/authorization.ts'

/** What sort of refusal an error is. Each renderer of errors has one answer for each kind, and exceptions for single codes. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'throttled'
  | 'unavailable'
  | 'internal'

/** Every error of the domain: its code, its kind, and the public sentence. Documented in docs/errors.md. */
const authErrors = {
  credentials_invalid: ['unauthenticated', 'The username or the credentials are wrong.'],
  client_authentication_failed: ['unauthenticated', 'Client authentication failed.'],
  token_invalid: ['unauthenticated', 'The token is not valid.'],
  token_expired: ['unauthenticated', 'The token has expired.'],
  grant_invalid: ['unauthenticated', 'The grant is invalid, expired, revoked, or was issued to another client.'],
  refresh_token_reused: [
    'unauthenticated',
    'The refresh token was used before; its whole authorization is revoked now.',
  ],
  grant_type_unsupported: ['invalid', 'This grant type is not supported.'],
  scope_invalid: ['invalid', 'The requested scope is unknown or exceeds what was granted.'],
  target_invalid: [
    'invalid',
    'The requested API (resource or audience) is unknown, or the token cannot be meant for it.',
  ],
  subject_token_invalid: ['invalid', 'The subject token is not active, or this client may not exchange it.'],
  actor_token_invalid: ['invalid', 'The actor token is not an active token of the authenticated client.'],
  api_invalid: ['invalid', 'The registration of the API violates a rule.'],
  api_identifier_taken: ['conflict', 'An API of this identifier is registered already.'],
  api_protected: ['conflict', 'The issuer is an API that is built in: it cannot be changed or removed.'],
  api_unknown: ['invalid', 'There is no API of this identifier, or it has no such scope.'],
  login_too_old: [
    'forbidden',
    'This operation requires a recent login with every factor that is required now. Log in again.',
  ],
  access_denied: ['forbidden', 'The token does not permit this operation.'],
  not_found: ['not_found', 'There is nothing here, or nothing that you may see.'],
  position_gone: ['invalid', 'Entries after this position were removed. Begin at 0.'],
  password_unacceptable: ['invalid', 'The new password does not satisfy the password rules.'],
  username_invalid: [
    'invalid',
    'A username is letters, digits and ASCII punctuation in parts with single spaces between them, at most 255 bytes (RFC 8265).',
  ],
  username_taken: ['conflict', 'The username, or one that looks like it, is already taken.'],
  owner_exists: ['conflict', 'There is exactly one owner, and there is one already.'],
  client_name_invalid: [
    'invalid',
    'The name of a client is 1 to 64 printable characters, without a space at its ends.',
  ],
  client_name_taken: ['conflict', 'A client of this name is registered already.'],
  client_unknown: ['not_found', 'There is no such client, or it is disabled.'],
  api_key_exists: ['conflict', 'The client has an API key already. Request a new one with `force=true`.'],
  key_numbers_exhausted: ['conflict', 'All 255 numbers of key sets are in use. Revoke the oldest key set first.'],
  role_unknown: ['invalid', 'This role is not known.'],
  owner_protected: [
    'conflict',
    'The owner cannot be deleted, disabled or given another role; transfer the ownership first.',
  ],
  user_disabled: ['conflict', 'This user is disabled.'],
  own_account: ['forbidden', 'This is your own account. This operation is only for other accounts.'],
  factor_missing: ['conflict', 'The user does not have a factor that would be required.'],
  lifetime_too_long: ['invalid', 'The requested lifetime is longer than the server permits.'],
  factors_insufficient: ['forbidden', 'The policy requires more factors for this role.'],
  too_many_sessions: [
    'throttled',
    'There are as many sessions as are permitted, and all of them are in use. End one, or try again later.',
  ],
  too_many_tokens: ['conflict', 'There are as many personal tokens as are permitted. Revoke one first.'],
  throttled: ['throttled', 'Too many wrong guesses. Try again later.'],
  overloaded: ['unavailable', 'The server is busy. Try again shortly.'],
  unavailable: ['unavailable', 'The server cannot do this right now. Try again shortly.'],
} as const satisfies Record<string, readonly [kind: ErrorKind, detail: string]>

export type AuthErrorCode = keyof typeof authErrors
export const authErrorCodes = Object.keys(authErrors) as readonly AuthErrorCode[]

export const authErrorKind = (code: AuthErrorCode): ErrorKind => authErrors[code][0]

/** What may accompany an error in public. */
export interface AuthErrorFacts {
  /** Seconds after which trying again makes sense (`throttled`, `overloaded`, `unavailable`). */
  readonly retryAfterSeconds?: number
  /** How old the login may be, in seconds (`login_too_old`; RFC 9470 `max_age`). */
  readonly maxAgeSeconds?: number | undefined
  /** The scope that the request needs (`access_denied`; RFC 6750 §3.1 `insufficient_scope`). */
  readonly neededScope?: readonly string[] | undefined
  /** A constant word that says which rule was broken (`password_unacceptable`). */
  readonly reason?: string | undefined
  /** A sentence in place of the code's own, made of constants: what to do instead. */
  readonly detail?: string | undefined
  /** Private: whose grant was refused. Logged, never rendered. */
  readonly authorization?: Authorization
  /** Private: a constant word that tells apart what has one code in public. Logged, never rendered. */
  readonly outcome?: string
  /** Private: logged, never rendered. */
  readonly cause?: unknown
}

/**
 * The domain's error: a stable `code`, one public sentence (`detail`), a private `cause`. It knows no HTTP status: each
 * audience has one table that maps codes to its answers.
 */
export class AuthError extends Error {
  readonly code: AuthErrorCode
  readonly detail: string
  readonly retryAfterSeconds: number | undefined
  readonly maxAgeSeconds: number | undefined
  readonly neededScope: readonly string[] | undefined
  readonly reason: string | undefined
  readonly authorization: Authorization | undefined
  readonly outcome: string | undefined

  constructor(code: AuthErrorCode, facts: AuthErrorFacts = {}) {
    super(code, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'AuthError'
    this.code = code
    this.detail = facts.detail ?? authErrors[code][1]
    this.retryAfterSeconds = facts.retryAfterSeconds
    this.maxAgeSeconds = facts.maxAgeSeconds
    this.neededScope = facts.neededScope
    this.reason = facts.reason
    this.authorization = facts.authorization
    this.outcome = facts.outcome
  }
}
