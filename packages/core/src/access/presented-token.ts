import type { Role } from '../model/principals/role.ts'

/** What an authentic access token says, before its Authorization was read. */
export interface PresentedToken {
  readonly authorizationId: string
  /** Asks the store whether this one token was revoked; only machine tokens can be. */
  readonly tokenId: string | undefined
  /** Of the hex forms: it must be the row's. */
  readonly generation: number | undefined
  /** Nothing where the Authorization tells it. */
  readonly issuedAt: number | undefined
  /** Nothing where the Authorization tells it. */
  readonly expiresAt: number | undefined
  /** Of a JWT: what it was narrowed to. */
  readonly scope: readonly string[] | undefined
  readonly audience: readonly string[] | undefined
  readonly role: Role | undefined
}

const nothing = {
  tokenId: undefined,
  generation: undefined,
  issuedAt: undefined,
  expiresAt: undefined,
  scope: undefined,
  audience: undefined,
  role: undefined,
}

export const presented = (
  token: Partial<PresentedToken> & Pick<PresentedToken, 'authorizationId'>,
): PresentedToken => ({ ...nothing, ...token })
