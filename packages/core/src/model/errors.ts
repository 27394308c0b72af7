import type { Authorization } from './authorization/authorization.ts'

/**
 * Every way the domain says no. Closed: a new code does not compile until each audience's renderer has decided its
 * answer. Documented in docs/errors.md.
 */
export const authErrorCodes = [
  'credentials_invalid',
  'client_authentication_failed',
  'token_invalid',
  'token_expired',
  'grant_invalid',
  'refresh_token_reused',
  'grant_type_unsupported',
  'scope_invalid',
  'target_invalid',
  'login_too_old',
  'access_denied',
  'not_found',
  'password_unacceptable',
  'username_invalid',
  'username_taken',
  'owner_exists',
  'client_name_invalid',
  'client_name_taken',
  'client_unknown',
  'api_key_exists',
  'role_unknown',
  'owner_protected',
  'user_disabled',
  'own_account',
  'factor_missing',
  'lifetime_too_long',
  'factors_insufficient',
  'too_many_sessions',
  'too_many_tokens',
  'throttled',
  'overloaded',
  'unavailable',
] as const
export type AuthErrorCode = (typeof authErrorCodes)[number]

/** What may accompany an error in public. */
export interface AuthErrorFacts {
  /** Seconds after which trying again makes sense (`throttled`, `overloaded`, `unavailable`). */
  readonly retryAfterSeconds?: number
  /** How old the login may be, in seconds (`login_too_old`; RFC 9470 `max_age`). */
  readonly maxAgeSeconds?: number | undefined
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
  readonly reason: string | undefined
  readonly authorization: Authorization | undefined
  readonly outcome: string | undefined

  constructor(code: AuthErrorCode, facts: AuthErrorFacts = {}) {
    super(code, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'AuthError'
    this.code = code
    this.detail = facts.detail ?? details[code]
    this.retryAfterSeconds = facts.retryAfterSeconds
    this.maxAgeSeconds = facts.maxAgeSeconds
    this.reason = facts.reason
    this.authorization = facts.authorization
    this.outcome = facts.outcome
  }
}

const details: Record<AuthErrorCode, string> = {
  credentials_invalid: 'The username or the credentials are wrong.',
  client_authentication_failed: 'Client authentication failed.',
  token_invalid: 'The token is not valid.',
  token_expired: 'The token has expired.',
  grant_invalid: 'The grant is invalid, expired, revoked, or was issued to another client.',
  refresh_token_reused: 'The refresh token was used before; its whole authorization is revoked now.',
  grant_type_unsupported: 'This grant type is not supported.',
  scope_invalid: 'The requested scope is unknown or exceeds what was granted.',
  target_invalid: 'The requested audience is not one that this client may ask for.',
  login_too_old: 'This needs a recent login that showed everything that is required now. Log in again.',
  access_denied: 'The token does not permit this operation.',
  not_found: 'There is nothing here, or nothing that you may see.',
  password_unacceptable: 'The new password does not satisfy the password rules.',
  username_invalid:
    'A username is letters, digits and ASCII punctuation in parts with single spaces between them, at most 255 bytes (RFC 8265).',
  username_taken: 'The username, or one that looks like it, is already taken.',
  owner_exists: 'There is exactly one owner, and there is one already.',
  client_name_invalid: 'The name of a client is 1 to 64 printable characters, without a space at its ends.',
  client_name_taken: 'A client of this name is registered already.',
  client_unknown: 'There is no such client, or it is disabled.',
  api_key_exists: 'The client has an API key already; ask for a new one by force.',
  role_unknown: 'This role is not known.',
  owner_protected: 'The owner cannot be deleted, disabled or given another role; transfer the ownership first.',
  user_disabled: 'This person is disabled.',
  factor_missing: 'The person does not have a factor that they would have to show.',
  lifetime_too_long: 'The requested lifetime is longer than the server permits.',
  factors_insufficient: 'The policy demands that somebody of this role shows more at login.',
  too_many_sessions:
    'There are as many sessions as are permitted, and all of them are in use. End one, or try again later.',
  too_many_tokens: 'There are as many personal tokens as are permitted. Revoke one first.',
  own_account: 'This is your own account: nobody does this to themselves.',
  throttled: 'Too many wrong guesses. Try again later.',
  overloaded: 'The server is busy. Try again shortly.',
  unavailable: 'The server cannot do this right now. Try again shortly.',
}
