import type { Role } from '../model/principals/role.ts'

/** What an authentic access token says, before its Authorization was read. */
export interface PresentedToken {
  readonly authorizationId: string
  /** Asks the store whether this one token was revoked; only client tokens can be. */
  readonly tokenId: string | undefined
  /** Of the hex forms: it must be the row's. */
  readonly generation: number | undefined
  /** `undefined` where the Authorization has it. */
  readonly issuedAt: number | undefined
  /** `undefined` where the Authorization has it. */
  readonly expiresAt: number | undefined
  /** Of a JWT: what it was narrowed to. */
  readonly scope: readonly string[] | undefined
  readonly audience: readonly string[] | undefined
  readonly role: Role | undefined
  /** Of a token for an API: the id of the API's registration. Nothing where the Authorization tells it. */
  readonly apiId: string | undefined
  /** The clients that act for the subject, the present one first. Empty: it came by no exchange. */
  readonly actors: readonly string[]
  /** The epoch of the client that exchanged it, at that time. Nothing for the built-in client. */
  readonly clientEpoch: number | undefined
  /** The ids of the tokens that it was exchanged from, the last first, as far as they can be revoked by themselves. */
  readonly ancestors: readonly string[]
}

const nothing = {
  tokenId: undefined,
  generation: undefined,
  issuedAt: undefined,
  expiresAt: undefined,
  scope: undefined,
  audience: undefined,
  role: undefined,
  apiId: undefined,
  actors: [],
  clientEpoch: undefined,
  ancestors: [],
}

export const presented = (
  token: Partial<PresentedToken> & Pick<PresentedToken, 'authorizationId'>,
): PresentedToken => ({ ...nothing, ...token })
