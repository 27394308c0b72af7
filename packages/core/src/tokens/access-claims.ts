import { isId } from '../model/authorization/id.ts'
import { isRole, type Role } from '../model/principals/role.ts'

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= 512

/** The claims of an access token (RFC 9068 §2.2), times in epoch seconds. */
export interface AccessClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: readonly string[]
  readonly client_id: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  /** The Authorization's id. */
  readonly sid: string
  readonly role: Role
  readonly scope: string
  /** The client that acts for the subject, and those before it (RFC 8693 §4.1). */
  readonly act?: ActorClaim | undefined
  /** The `jti` of the tokens that it was exchanged from, the last first, as far as they can be revoked by themselves. */
  readonly exchanged_from?: readonly string[] | undefined
}

/** RFC 8693 §4.1. */
export interface ActorClaim {
  readonly sub: string
  readonly act?: ActorClaim | undefined
}

/** The most clients in a chain of exchanges. */
export const mostActors = 8

/** As it stands in the token. */
export const writeActors = ([sub, ...earlier]: readonly string[]): ActorClaim | undefined => {
  if (sub === undefined) return undefined
  const act = writeActors(earlier)
  return act ? { sub, act } : { sub }
}

/** The present one first. `undefined` if the claim is malformed. */
export function readActors(claim: unknown): readonly string[] | undefined {
  const actors: string[] = []
  for (let act = claim; act !== undefined; act = (act as { readonly act?: unknown }).act) {
    const sub = typeof act === 'object' && act !== null ? (act as { readonly sub?: unknown }).sub : undefined
    if (!isText(sub) || actors.push(sub) > mostActors) return undefined
  }
  return actors
}

/** RFC 9068 §2.1. */
export const accessTokenType = 'at+jwt'

/** The `typ` of a JWT for an API that asks for it (RFC 7519 §5.1). Never one for the issuer. */
export const plainTokenType = 'JWT'

/** A `jti` for an API begins with the id of the API's registration, and the epoch of the client that exchanged the token. */
export const apiTokenId = (apiId: string, clientEpoch: number | undefined, random: string): string =>
  clientEpoch === undefined ? `${apiId}.${random}` : `${apiId}.${clientEpoch}.${random}`

/** What the `jti` of a token for an API says. */
export function readApiTokenId(jti: string): { readonly apiId?: string; readonly clientEpoch?: number } {
  const [, apiId, epoch] = /^([0-9a-f]{22})\.(?:(\d{1,10})\.)?/.exec(jti) ?? []
  return { ...(apiId ? { apiId } : {}), ...(epoch ? { clientEpoch: Number(epoch) } : {}) }
}

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** As it stands in the token: one audience as a string, several as a list (RFC 7519 §4.1.3). */
export const writeAudience = (audience: readonly string[]): string | readonly string[] =>
  audience.length === 1 && audience[0] !== undefined ? audience[0] : audience

function readAudience(aud: unknown): readonly string[] | undefined {
  if (isText(aud)) return [aud]
  return Array.isArray(aud) && aud.length > 0 && aud.every(isText) ? aud : undefined
}

/** Returns `undefined` unless every claim is there and of its type. The issuer writes no `nbf`; a token with one is refused (N-090). */
export function readAccessClaims(payload: Readonly<Record<string, unknown>>): AccessClaims | undefined {
  const { iss, sub, client_id, iat, exp, jti, sid, role, scope } = payload
  const aud = readAudience(payload.aud)
  if (!isText(iss) || !isText(sub) || !aud || !isText(client_id) || !isTime(iat) || !isTime(exp)) return undefined
  if (!isText(jti) || !isId(sid) || !isRole(role) || typeof scope !== 'string') return undefined
  if (payload.nbf !== undefined) return undefined
  const claims = { iss, sub, aud, client_id, iat, exp, jti, sid, role, scope }
  if (payload.act === undefined) return claims
  const act = writeActors(readActors(payload.act) ?? [])
  const { exchanged_from = [] } = payload
  if (!act || !Array.isArray(exchanged_from) || !exchanged_from.every(isText)) return undefined
  return exchanged_from.length === 0 ? { ...claims, act } : { ...claims, act, exchanged_from }
}
