import type { Api } from '../model/api.ts'
import type { Authorization, IncompleteKind, SubjectState } from '../model/authorization/authorization.ts'
import type { Role } from '../model/principals/role.ts'

/**
 * The contract's word for the holder of a token: a user's session, a client (`machine`), a personal token, or a user whose login is
 * not complete. Only an operation that names a kind takes it.
 */
export type AccessKind = 'session' | 'machine' | 'personal' | IncompleteKind

/** A checked access token: the caller who presents it may do this now. */
export interface Access {
  readonly kind: AccessKind
  readonly authorization: Authorization
  readonly subject: SubjectState
  /** The lowest of what was granted, what the token says and what the subject is now. */
  readonly role: Role
  readonly scope: readonly string[]
  readonly audience: readonly string[]
  /** The registered API that it is meant for. `undefined`: the issuer. */
  readonly api: Api | undefined
  /** The client that it was issued to: that of the Authorization, or the one that exchanged it. */
  readonly clientId: string
  /** The clients that act for the subject, the present one first (RFC 8693 §4.1). Empty: it came by no exchange. */
  readonly actors: readonly string[]
  /** The ids of the tokens that it was exchanged from, as far as they can be revoked by themselves. */
  readonly ancestors: readonly string[]
  /** Names this token among those of its Authorization; `undefined` where it cannot be revoked by itself. */
  readonly tokenId: string | undefined
  readonly issuedAt: number
  readonly expiresAt: number | undefined
}

/** The outcome of a check. The reason is not disclosed, except expiry, which the token's own `exp` reveals anyway (N-107). */
export type AccessCheck =
  | { readonly outcome: 'active'; readonly access: Access }
  | { readonly outcome: 'expired' | 'invalid' }

export const accessKind = (authorization: Authorization): AccessKind => {
  const { kind } = authorization
  if (kind === 'personal' || kind === 'password_change' || kind === 'enrolment') return kind
  return authorization.subject.kind === 'client' ? 'machine' : 'session'
}
