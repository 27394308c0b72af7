import type { ClientRole } from './role.ts'

/** The form of the access tokens that a client is given. */
export type TokenForm = 'jwt' | 'opaque'

/** A registered client (RFC 6749 §2). */
export interface Client {
  readonly id: string
  readonly name: string
  /** The kind of client, where a vendor's protocol has one; otherwise `undefined`. */
  readonly type: string | undefined
  readonly role: ClientRole
  /** The APIs whose own program it is: it may introspect and exchange the tokens meant for them. Empty: the issuer alone. */
  readonly audience: readonly string[]
  /** What it may ask for at the issuer. Empty: no token for the issuer. */
  readonly scope: readonly string[]
  /** The other APIs that it may ask for tokens for. */
  readonly apis: readonly ClientApi[]
  readonly tokenForm: TokenForm
  /** Default is the policy's (3600 s). */
  readonly accessLifetimeSeconds: number | undefined
  /** 0–60, default 0: how long the immediate predecessor of a refresh token is answered with the same successor (S4). */
  readonly reuseLeewaySeconds: number
  readonly createdAt: number
  readonly disabledAt: number | undefined
  /** Authorizations of an older epoch are dead. Raised when one of its secrets is revoked or all its tokens are. */
  readonly epoch: number
}

/** What a client may ask for at an API. */
export interface ClientApi {
  /** The id of the API's registration. */
  readonly id: string
  readonly identifier: string
  readonly scope: readonly string[]
  /** Whether it may exchange tokens that it received as an API's own program for tokens for this API (RFC 8693). */
  readonly mayAct: boolean
}

/** One key id + secret pair of a client; the secret itself is never stored. */
export interface ClientCredential {
  /** The key id: an access key's public half. */
  readonly id: string
  readonly clientId: string
  /** SHA-256 of the whole secret. */
  readonly secretDigest: Uint8Array
  readonly createdAt: number
  readonly expiresAt: number | undefined
  readonly revokedAt: number | undefined
}
