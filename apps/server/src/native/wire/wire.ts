import type { IncompleteKind, Revocation, TokenSet, User } from '@countersign/core'
import type { TotpSetup } from '../../adapters/totp-setup.ts'

/** A session's token set in `/v1/sessions` (RFC 6749 §5.1, with additional members). */
export const sessionTokens = (set: TokenSet) => {
  if (!set.refreshToken || set.refreshExpiresInSeconds === undefined)
    throw new Error('a native session has a refresh token')
  return {
    token_type: 'Bearer' as const,
    access_token: set.accessToken.reveal(),
    expires_in: set.expiresInSeconds,
    refresh_token: set.refreshToken.reveal(),
    refresh_expires_in: set.refreshExpiresInSeconds,
    role: set.role,
    scope: set.scope.join(' '),
  }
}

/** An incomplete login, and the step that completes it. */
export const incompleteLogin = (set: TokenSet, incomplete: IncompleteKind) => ({
  token_type: 'Bearer' as const,
  access_token: set.accessToken.reveal(),
  expires_in: set.expiresInSeconds,
  ...stepOf(incomplete),
  role: set.role,
  scope: set.scope.join(' '),
})

/** A login without tokens: the cookie has the session, or what completes the login. */
export const cookieLogin = (set: TokenSet, incomplete: IncompleteKind | undefined) => ({
  token_type: 'Bearer' as const,
  access_token: '',
  expires_in: sessionLifetime(set),
  ...(incomplete ? stepOf(incomplete) : {}),
  role: set.role,
  scope: set.scope.join(' '),
})

/** Of a session, or of a login that is not complete, in seconds. */
export const sessionLifetime = (set: TokenSet): number => set.refreshExpiresInSeconds ?? set.expiresInSeconds

const stepOf = (incomplete: IncompleteKind) =>
  incomplete === 'password_change' ? { must_change: true as const } : { must_enrol: true as const }

/** An entry of the revocation feed, as readers see it. */
export const listedRevocation = ({ sequence, kind, id, before, until }: Revocation) => ({
  sequence,
  kind,
  id,
  before,
  until,
})

/** A user in a list. */
export const listedUser = (user: User) => ({
  id: user.id,
  username: user.username,
  role: user.role,
  required_factors: [...user.requiredFactors],
  ...(user.mustChangeSince === undefined ? {} : { must_change: true as const }),
  disabled: user.disabledAt !== undefined,
  created_at: user.createdAt,
})

/** A TOTP secret for its user; shown once. */
export const totpToSetUp = ({ secret, otpauthUrl, qr }: TotpSetup) => ({ secret, otpauth_url: otpauthUrl, qr })
