import type { Authorization, PersonalToken } from '@countersign/core'
import { useOrigin } from './authorizations-wire.ts'

const daySeconds = 86_400
/** A token that was not used for this long is probably forgotten. */
const unusedAfterSeconds = 90 * daySeconds
/** A token older than this should be replaced. */
const oldAfterSeconds = 365 * daySeconds

type Dates = Pick<Authorization, 'createdAt' | 'lastUsedAt' | 'expiresAt'>

/** The reason to consider revoking a token, or `undefined`. `now` in epoch seconds. */
export function warningOf(
  { createdAt, lastUsedAt, expiresAt }: Dates,
  now: number,
): 'unused' | 'old' | 'endless' | undefined {
  if (now - (lastUsedAt ?? createdAt) > unusedAfterSeconds) return 'unused'
  if (now - createdAt > oldAfterSeconds) return 'old'
  return expiresAt === undefined ? 'endless' : undefined
}

/** A personal token in a list: only its mask, never the token (all-D5). */
export function listedPersonalToken(authorization: Authorization, now: number) {
  const warning = warningOf(authorization, now)
  return {
    id: authorization.id,
    mask: authorization.mask ?? '',
    label: authorization.label ?? null,
    dialect: authorization.dialect,
    role: authorization.roleCeiling,
    scope: authorization.scope.join(' '),
    audience: [...authorization.audience],
    created_at: authorization.createdAt,
    last_used_at: authorization.lastUsedAt ?? null,
    last_used_from: useOrigin(authorization.lastUsedFrom),
    expires_at: authorization.expiresAt ?? null,
    ...(warning ? { warning } : {}),
  }
}

/** A new personal token. This is the only answer that shows it. */
export const createdPersonalToken = ({ authorization, token }: PersonalToken) => ({
  id: authorization.id,
  token: token.reveal(),
  label: authorization.label ?? null,
  role: authorization.roleCeiling,
  scope: authorization.scope.join(' '),
  audience: [...authorization.audience],
  created_at: authorization.createdAt,
  expires_at: authorization.expiresAt ?? null,
})
