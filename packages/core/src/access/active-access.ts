import { effectiveRole, isActive } from '../model/authorization/activity.ts'
import { type Authorization, type AuthorizationRecord, grantAt } from '../model/authorization/authorization.ts'
import { lowerRole } from '../model/principals/role.ts'
import { type Access, type AccessCheck, accessKind } from './access.ts'
import { type PresentedToken, presented } from './presented-token.ts'
import type { ReadToken, TokenUse } from './token-reader.ts'

export const invalid: AccessCheck = { outcome: 'invalid' }
export const expired: AccessCheck = { outcome: 'expired' }

export const tokenOf = (read: ReadToken, { authorization }: AuthorizationRecord): PresentedToken =>
  read.use === 'personal' ? presented({ authorizationId: authorization.id }) : read.token

export const isOver = ({ expiresAt }: PresentedToken, latest: number): boolean =>
  expiresAt !== undefined && expiresAt <= latest

/** What an authentic token permits, if it and its Authorization are active. The APIs that are registered are another matter. */
export function activeAccess(
  use: TokenUse,
  token: PresentedToken,
  record: AuthorizationRecord,
  { latest, issuer }: { readonly latest: number; readonly issuer: string },
): AccessCheck {
  const { authorization } = record
  if (token.generation !== undefined && token.generation !== authorization.generation) return invalid
  if (!isActive(record, latest)) {
    const timeless = { ...authorization, expiresAt: undefined, idleSeconds: undefined }
    const onlyExpired = isActive({ ...record, authorization: timeless }, latest)
    return onlyExpired ? expired : invalid
  }
  const issuedAt = token.issuedAt ?? ownIssue(use, authorization)
  const expiresAt = token.expiresAt ?? ownExpiry(use, token, authorization, issuedAt)
  if (expiresAt !== undefined && expiresAt <= latest) return expired
  const role = effectiveRole(record)
  const granted = grantAt(authorization, issuer)?.scope ?? authorization.scope
  const access: Access = {
    kind: accessKind(authorization),
    authorization,
    subject: record.subject,
    role: token.role ? lowerRole(role, token.role) : role,
    scope: token.scope ? granted.filter((name) => token.scope?.includes(name)) : granted,
    audience: token.audience ?? authorization.audience,
    api: undefined,
    clientId: token.actors[0] ?? authorization.clientId,
    actors: token.actors,
    ancestors: token.ancestors,
    tokenId: token.tokenId,
    issuedAt,
    expiresAt,
  }
  return { outcome: 'active', access }
}

/** A refresh token says that it was issued when its chain began, in either form. */
const ownIssue = (use: TokenUse, { createdAt, rotatedAt }: Authorization): number =>
  use === 'refresh' ? createdAt : (rotatedAt ?? createdAt)

/** A hex access token carries no times: it was issued when its generation began. The other kinds end with the row. */
function ownExpiry(
  use: TokenUse,
  token: PresentedToken,
  { accessLifetimeSeconds, expiresAt }: Authorization,
  issuedAt: number,
): number | undefined {
  if (use !== 'access' || token.generation === undefined) return expiresAt
  const end = issuedAt + accessLifetimeSeconds
  return expiresAt === undefined ? end : Math.min(end, expiresAt)
}
