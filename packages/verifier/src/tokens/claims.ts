import type { TokenIdentity } from '../feed/revoked.ts'
import type { Actor, Verified } from '../model/verified.ts'
import { isRecord } from '../transport/http.ts'

/** A verified token, and what revocations know it by. */
export interface Checked {
  readonly verified: Verified
  readonly identity: TokenIdentity
}

type Claims = Readonly<Record<string, unknown>>

/** The most clients in a chain of exchanges. */
const mostActors = 8
const longestText = 512

export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= longestText

export const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** One audience, as a text or a list of one (RFC 7519 §4.1.3). */
export const isMeantFor = (audience: unknown, resource: string): boolean =>
  audience === resource || (Array.isArray(audience) && audience.length === 1 && audience[0] === resource)

/**
 * The members that a JWT and an introspection response share. Their times, issuer and audience are checked before.
 *
 * @returns `undefined` if a member is missing or malformed.
 */
export function readClaims(claims: Claims, issuer: string, audience: string, keyId?: string): Checked | undefined {
  const { sub, client_id, role, scope, exp, iat, jti, sid, username, act, exchanged_from = [] } = claims
  if (!isText(sub) || !isText(client_id) || !isText(role) || typeof scope !== 'string' || !isTime(iat)) return undefined
  if ((exp !== undefined && !isTime(exp)) || (jti !== undefined && !isText(jti))) return undefined
  if (sid !== undefined && !isText(sid)) return undefined
  if (!Array.isArray(exchanged_from) || exchanged_from.length > mostActors || !exchanged_from.every(isText)) {
    return undefined
  }
  const actors = readActors(act)
  if (!actors) return undefined
  const actor = nested(actors)
  return {
    verified: Object.freeze({
      subject: sub,
      client: client_id,
      role,
      scope: Object.freeze(scope.split(' ').filter((name) => name !== '')),
      ...(actor ? { actor } : {}),
      ...(exp === undefined ? {} : { expiresAt: exp }),
      issuedAt: iat,
      ...(jti === undefined ? {} : { tokenId: jti }),
      ...(sid === undefined ? {} : { sessionId: sid }),
      issuer,
      audience,
      ...(isText(username) ? { username } : {}),
    }),
    identity: {
      tokenId: jti,
      sessionId: sid,
      keyId,
      subject: sub,
      client: client_id,
      issuedAt: iat,
      actors,
      exchangedFrom: exchanged_from,
    },
  }
}

/** The present one first (RFC 8693 §4.1); `undefined` if the claim is malformed. */
function readActors(claim: unknown): readonly string[] | undefined {
  const actors: string[] = []
  for (let act = claim; act !== undefined; act = (act as Claims).act) {
    if (!isRecord(act) || !isText(act.sub) || actors.push(act.sub) > mostActors) return undefined
  }
  return actors
}

const nested = ([subject, ...earlier]: readonly string[]): Actor | undefined => {
  if (subject === undefined) return undefined
  const actor = nested(earlier)
  return Object.freeze(actor ? { subject, actor } : { subject })
}
