import type { KeyRing } from '../keys/key-ring.ts'
import {
  type AccessClaims,
  accessTokenType,
  plainTokenType,
  readAccessClaims,
  readActors,
  readApiTokenId,
} from '../tokens/access-claims.ts'
import {
  looksLikeHexToken,
  looksLikeMachineToken,
  machineTokenId,
  readHexToken,
  readMachineToken,
} from '../tokens/opaque-token.ts'
import { headerIs, parseCompact, signatureIs } from '../tokens/signed-token.ts'
import type { VerifiedCache } from '../tokens/verified-cache.ts'
import { type PresentedToken, presented } from './presented-token.ts'

/** How far the clocks of two servers of one issuer may lie apart: an `iat` further ahead than this is refused (N-090). */
const skewSeconds = 5

/** Everything that reading a token needs; it makes no query. */
export interface ReaderState {
  readonly ring: KeyRing
  readonly issuer: string
  readonly latest: number
  readonly cache: VerifiedCache
}

/**
 * Reads and authenticates an access token of any self-checking form: MAC or signature first, so that forgeries never
 * reach the store. Expiry is the caller's matter: it is an answer of its own.
 */
export function readAccessToken(text: string, state: ReaderState): PresentedToken | undefined {
  const keysOf = (number: number) => state.ring.forSecret(number, state.latest)
  if (looksLikeMachineToken(text)) {
    const token = readMachineToken(text, keysOf)
    if (!token) return undefined
    const { authorizationId, issuedAt, lifetimeSeconds } = token
    return presented({
      authorizationId,
      tokenId: machineTokenId(token),
      issuedAt,
      expiresAt: issuedAt + lifetimeSeconds,
      ...('apiId' in token
        ? {
            apiId: token.apiId,
            scope: token.scope,
            actors: token.actors,
            clientEpoch: token.clientEpoch,
            ancestors: token.ancestors,
          }
        : {}),
    })
  }
  if (looksLikeHexToken(text)) {
    const token = readHexToken(text, 'hex access', keysOf)
    return token && presented(token)
  }
  const claims = verifiedClaims(text, state)
  return claims && presentedClaims(claims, state)
}

/** The cookie of a browser session: a view of the same Authorization, in a domain of its own. */
export function readSessionCookie(
  text: string,
  state: Pick<ReaderState, 'ring' | 'latest'>,
): PresentedToken | undefined {
  const token = readHexToken(text, 'session cookie', (number) => state.ring.forSecret(number, state.latest))
  // Generation 0 always: the cookie outlives refreshes of the same session.
  return token && presented({ authorizationId: token.authorizationId })
}

function presentedClaims(claims: AccessClaims, { issuer, latest }: ReaderState): PresentedToken | undefined {
  if (claims.iss !== issuer || claims.iat > latest + skewSeconds) return undefined
  return presented({
    authorizationId: claims.sid,
    tokenId: claims.jti,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    scope: claims.scope === '' ? [] : claims.scope.split(' '),
    audience: claims.aud,
    role: claims.role,
    ...readApiTokenId(claims.jti),
    actors: readActors(claims.act) ?? [],
    ancestors: claims.exchanged_from ?? [],
  })
}

function verifiedClaims(text: string, { ring, latest, cache, issuer }: ReaderState): AccessClaims | undefined {
  const known = cache.get(text)
  if (known) return ring.forSignature(known.kid, latest) && known.claims
  const token = parseCompact(text)
  const kid = token?.header.kid
  if (!token || typeof kid !== 'string') return undefined
  const keys = ring.forSignature(kid, latest)
  if (!keys) return undefined
  const isOfType = (typ: string) => headerIs(token.header, { alg: keys.algorithm, typ, kid })
  const isPlain = isOfType(plainTokenType)
  if (!isPlain && !isOfType(accessTokenType)) return undefined
  const claims = readAccessClaims(token.payload)
  // The issuer's own operations accept no other type (RFC 9068 §4).
  if (!claims || (isPlain && claims.aud.includes(issuer)) || !signatureIs(keys, token)) return undefined
  cache.add(text, { claims, kid })
  return claims
}
