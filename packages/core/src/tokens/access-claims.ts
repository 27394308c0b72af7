import { isId } from '../model/authorization/id.ts'
import { isRole, type Role } from '../model/principals/role.ts'

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
}

/** RFC 9068 §2.1. */
export const accessTokenType = 'at+jwt'

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= 512
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
  return { iss, sub, aud, client_id, iat, exp, jti, sid, role, scope }
}
