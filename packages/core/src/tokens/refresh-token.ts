import type { KeyRing } from '../keys/key-ring.ts'
import type { KeySet } from '../keys/key-set.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { isId } from '../model/authorization/id.ts'
import { looksLikeHexToken, readHexToken, writeHexToken } from './opaque-token.ts'
import { headerIs, macIs, macToken, parseCompact } from './signed-token.ts'

/** The `typ` of a refresh token in JWT form: never taken for an access token (RFC 8725 §3.11). */
export const refreshTokenType = 'rt+jwt'

/** What a refresh token says: which generation of which Authorization. */
export interface RefreshToken {
  readonly authorizationId: string
  readonly generation: number
}

/**
 * The refresh token of one generation: a pure function of the Authorization and a server key, so that a retry is
 * answered with the same token although none was stored.
 *
 * @param keys The set that the row names in `refreshKeyNumber`.
 */
export function writeRefreshToken(authorization: Authorization, issuer: string, keys: KeySet): string {
  const { id, generation, accessForm, createdAt, expiresAt } = authorization
  if (accessForm === 'hex') return writeHexToken(keys, 'hex refresh', { authorizationId: id, generation })
  const claims = { iss: issuer, sid: id, generation, iat: createdAt, exp: expiresAt }
  return macToken(keys.secret('jwt refresh'), `${keys.number}`, refreshTokenType, claims)
}

/** Reads and authenticates a refresh token of either form. `undefined` for anything else; no query is made. */
export function readRefreshToken(
  text: string,
  issuer: string,
  ring: KeyRing,
  latest: number,
): RefreshToken | undefined {
  if (looksLikeHexToken(text)) return readHexToken(text, 'hex refresh', (number) => ring.forSecret(number, latest))
  const token = parseCompact(text)
  const kid = token?.header.kid
  if (!token || typeof kid !== 'string' || !/^[1-9]\d{0,2}$/.test(kid)) return undefined
  const keys = ring.forSecret(Number(kid), latest)
  if (!keys || !headerIs(token.header, { alg: 'HS256', typ: refreshTokenType, kid })) return undefined
  if (!macIs(keys.secret('jwt refresh'), token)) return undefined
  const { iss, sid, generation } = token.payload
  if (iss !== issuer || !isId(sid) || !Number.isSafeInteger(generation)) return undefined
  return { authorizationId: sid, generation: generation as number }
}
