/**
 * Who calls, as a verified access token says.
 *
 * @example
 * ```ts
 * import type { Verified } from '@countersign/verifier'
 *
 * const mayWrite = ({ scope }: Verified): boolean => scope.includes('orders:write')
 * ```
 */
export interface Verified {
  /** The id of the user or client that the token is for (`sub`). */
  readonly subject: string
  /** The id of the client that the token was issued to (`client_id`). */
  readonly client: string
  /** The subject's role. */
  readonly role: string
  /** The scopes of the token. */
  readonly scope: readonly string[]
  /** The clients that act for the subject, the present one first (`act`, RFC 8693 §4.1). Absent without an exchange. */
  readonly actor?: Actor | undefined
  /** When the token expires, in seconds since 1970. Absent for a personal token that does not expire. */
  readonly expiresAt?: number | undefined
  /** When the token was issued, in seconds since 1970. */
  readonly issuedAt: number
  /** The token's id (`jti`). Absent if introspection tells none. */
  readonly tokenId?: string | undefined
  /** The id of the session or authorization that the token belongs to (`sid`). */
  readonly sessionId?: string | undefined
  /** The issuer (`iss`). */
  readonly issuer: string
  /** The API that the token is meant for (`aud`): the verifier's `resource`. */
  readonly audience: string
  /** The username; only from introspection, and only of a user. */
  readonly username?: string | undefined
}

/**
 * A client that acts for the subject of a token (RFC 8693 §4.1).
 *
 * @example
 * ```ts
 * import type { Actor } from '@countersign/verifier'
 *
 * const chain = (actor?: Actor): string[] => (actor ? [actor.subject, ...chain(actor.actor)] : [])
 * ```
 */
export interface Actor {
  /** The id of the client. */
  readonly subject: string
  /** The client that acted before it. */
  readonly actor?: Actor | undefined
}
