import type { Authorization } from '../model/authorization/authorization.ts'
import type { Role } from '../model/principals/role.ts'
import type { PlainToken } from '../tokens/plain-token.ts'

/** What a grant yields: shown once, never stored (RFC 6749 §5.1). */
export interface TokenSet {
  readonly authorization: Authorization
  readonly accessToken: PlainToken
  readonly expiresInSeconds: number
  readonly refreshToken: PlainToken | undefined
  /** Seconds left of the Authorization, however often it is refreshed. */
  readonly refreshExpiresInSeconds: number | undefined
  readonly role: Role
  /** Of the access token. */
  readonly scope: readonly string[]
  /** The APIs that the access token is meant for: one, since APIs are registered. */
  readonly audience: readonly string[]
}
