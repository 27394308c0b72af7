import type { Access, Introspection, TokenSet } from '@countersign/core'

/** RFC 6749 §5.1. */
export const tokenResponse = (set: TokenSet) => ({
  access_token: set.accessToken.reveal(),
  token_type: 'Bearer' as const,
  expires_in: set.expiresInSeconds,
  scope: set.scope.join(' '),
  ...(set.refreshToken ? { refresh_token: set.refreshToken.reveal() } : {}),
  ...(set.refreshExpiresInSeconds === undefined ? {} : { refresh_expires_in: set.refreshExpiresInSeconds }),
})

/** RFC 8693 §2.2.1. */
export const exchangeResponse = (set: TokenSet) => ({
  ...tokenResponse(set),
  issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' as const,
})

/** RFC 7662 §2.2: an active token with its claims, or only `{"active": false}`. */
export function introspectionResponse(found: Introspection, issuer: string) {
  if (!found.active) return { active: false as const }
  const { access } = found
  const { authorization } = access
  return {
    active: true as const,
    client_id: access.clientId,
    iss: issuer,
    sub: authorization.subject.id,
    iat: access.issuedAt,
    aud: [...access.audience],
    sid: authorization.id,
    scope: access.scope.join(' '),
    role: access.role,
    ...(authorization.subject.kind === 'user' ? { username: access.subject.name } : {}),
    ...(found.use === 'access' ? { token_type: 'Bearer' as const } : {}),
    ...(access.actors.length > 0 ? { act: actorsOf(access.actors) } : {}),
    ...ends(access),
  }
}

const ends = ({ expiresAt, tokenId }: Access) => ({
  ...(expiresAt === undefined ? {} : { exp: expiresAt }),
  ...(tokenId === undefined ? {} : { jti: tokenId }),
})

/** RFC 8693 §4.1: the client that acts, and within it the one before. */
const actorsOf = ([sub = '', ...earlier]: readonly string[]): Actor =>
  earlier.length === 0 ? { sub } : { sub, act: { ...actorsOf(earlier) } }

interface Actor {
  readonly sub: string
  readonly act?: Record<string, unknown>
}
