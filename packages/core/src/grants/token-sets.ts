import type { AccessTerms, AccessTokens } from '../access/access-tokens.ts'
import type { Domain } from '../domain/domain.ts'
import { type ActiveRecord, effectiveRole } from '../model/authorization/activity.ts'
import { PlainToken } from '../tokens/plain-token.ts'
import { writeRefreshToken } from '../tokens/refresh-token.ts'
import type { TokenSet } from './token-set.ts'

/**
 * Makes the token set of an active record: the one place where an Authorization turns into what is handed out.
 *
 * @param terms Of the access token. Default is all that the Authorization permits at its only audience.
 */
export function issueTokenSet(
  record: ActiveRecord,
  deps: Pick<Domain, 'clock' | 'keys' | 'issuer'> & { readonly accessTokens: AccessTokens },
  terms?: AccessTerms,
): TokenSet {
  const { authorization } = record
  const now = deps.clock.now()
  const access = deps.accessTokens.issue(record, terms)
  const refreshKeys =
    authorization.refreshKeyNumber === undefined
      ? undefined
      : deps.keys().forSecret(authorization.refreshKeyNumber, deps.clock.latest())
  return {
    authorization,
    accessToken: access.token,
    expiresInSeconds: access.expiresInSeconds,
    refreshToken: refreshKeys && new PlainToken(writeRefreshToken(authorization, deps.issuer, refreshKeys)),
    refreshExpiresInSeconds:
      refreshKeys && authorization.expiresAt !== undefined ? Math.max(0, authorization.expiresAt - now) : undefined,
    role: effectiveRole(record),
    scope: terms?.scope ?? authorization.scope,
    audience: terms ? [terms.api.identifier] : authorization.audience,
  }
}
