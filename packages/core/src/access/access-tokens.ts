import { effectiveRole, isActive } from '../authorization/activity.ts'
import type { Authorization, AuthorizationRecord } from '../authorization/authorization.ts'
import type { Domain } from '../domain.ts'
import { lowerRole } from '../principals/role.ts'
import { accessTokenType, writeAudience } from '../tokens/access-claims.ts'
import { digest } from '../tokens/digest.ts'
import { writeHexToken, writeMachineToken } from '../tokens/opaque-token.ts'
import { PlainToken } from '../tokens/plain-token.ts'
import { readRefreshToken } from '../tokens/refresh-token.ts'
import { looksLikeSecret } from '../tokens/secret-token.ts'
import { signToken } from '../tokens/signed-token.ts'
import { VerifiedCache } from '../tokens/verified-cache.ts'
import { type Access, type AccessCheck, accessKind } from './access.ts'
import { readAccessToken, readSessionCookie } from './access-token-reader.ts'
import { countUse } from './count-use.ts'
import type { PresentedToken } from './presented-token.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random' | 'keys' | 'issuer' | 'usage'>

/** An access token on its way out. */
export interface IssuedAccess {
  readonly token: PlainToken
  readonly expiresInSeconds: number
}

const invalid: AccessCheck = { outcome: 'invalid' }

/** A hex token of a generation that began earlier (the answer to a retry) is that much older already. */
function lifetimeFrom(authorization: Authorization, now: number): number {
  const { accessForm, accessLifetimeSeconds, createdAt, rotatedAt, expiresAt } = authorization
  const age = accessForm === 'hex' ? Math.max(0, now - (rotatedAt ?? createdAt)) : 0
  const left = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - now
  return Math.max(0, Math.min(accessLifetimeSeconds - age, left))
}

/**
 * Access tokens of every form: issues them as views of an Authorization and checks them.
 *
 * A check costs one MAC (or one signature at first sight, a digest after) and one read; it writes nothing.
 */
export class AccessTokens {
  readonly #deps: Deps
  readonly #verified = new VerifiedCache()
  #serial: number

  constructor(deps: Deps) {
    this.#deps = deps
    this.#serial = Buffer.from(deps.random.bytes(4)).readUInt32BE()
  }

  /**
   * Issues an access token for an active record. It never outlives its Authorization.
   *
   * @param scope What this one token is narrowed to (RFC 6749 §6). Default is all of the Authorization's.
   */
  issue(record: AuthorizationRecord, scope?: readonly string[]): IssuedAccess {
    const { clock, keys } = this.#deps
    const { authorization } = record
    const now = clock.now()
    const lifetimeSeconds = lifetimeFrom(authorization, now)
    const set = keys().current(clock.latest())
    const text =
      authorization.accessForm === 'jwt'
        ? this.#signedToken(record, scope ?? authorization.scope, now, lifetimeSeconds)
        : authorization.accessForm === 'hex'
          ? writeHexToken(set, 'hex access', {
              authorizationId: authorization.id,
              generation: authorization.generation,
            })
          : writeMachineToken(set, {
              authorizationId: authorization.id,
              issuedAt: now,
              lifetimeSeconds,
              serial: this.#nextSerial(),
            })
    return { token: new PlainToken(text), expiresInSeconds: lifetimeSeconds }
  }

  /** The value of a browser session's cookie. It lives as long as the Authorization. */
  issueCookie(authorizationId: string): PlainToken {
    const { clock, keys } = this.#deps
    const set = keys().current(clock.latest())
    return new PlainToken(writeHexToken(set, 'session cookie', { authorizationId, generation: 0 }))
  }

  /** Checks a token presented as `Bearer` (RFC 6750 §2.1) or as the subject of an introspection. */
  async check(text: string): Promise<AccessCheck> {
    if (looksLikeSecret(text, 'pat')) return this.#checkSecret(text)
    const token = readAccessToken(text, this.#state())
    return token ? this.#judge(token) : invalid
  }

  /** Checks what may be a personal token and nothing else. */
  async checkPersonal(text: string): Promise<AccessCheck> {
    return looksLikeSecret(text, 'pat') ? this.#checkSecret(text) : invalid
  }

  /** Checks the value of a session cookie. */
  async checkCookie(text: string): Promise<AccessCheck> {
    const token = readSessionCookie(text, this.#state())
    return token ? this.#judge(token) : invalid
  }

  /**
   * Checks either token of a session's pair: the live refresh token stands for the session too. Only for ending it; a
   * refresh token opens nothing else (D3).
   */
  async checkPair(text: string): Promise<AccessCheck> {
    const check = await this.check(text)
    if (check.outcome !== 'invalid') return check
    const { store, clock, keys, issuer } = this.#deps
    const latest = clock.latest()
    const token = readRefreshToken(text, issuer, keys(), latest)
    const record = token && (await store.authorizations.find(token.authorizationId))
    if (record?.authorization.generation !== token?.generation) return invalid
    return record ? this.#admit(undefined, record, latest) : invalid
  }

  /** Reads an authentic token whatever its age: for revocation, where an old one still names its Authorization (S5). */
  read(text: string): PresentedToken | undefined {
    return readAccessToken(text, this.#state())
  }

  async #judge(token: PresentedToken): Promise<AccessCheck> {
    const latest = this.#deps.clock.latest()
    if (token.expiresAt !== undefined && token.expiresAt <= latest) return { outcome: 'expired' }
    const record = await this.#deps.store.authorizations.find(token.authorizationId, token.tokenId)
    return record ? this.#admit(token, record, latest) : invalid
  }

  async #checkSecret(text: string): Promise<AccessCheck> {
    const record = await this.#deps.store.authorizations.findBySecret(digest(text))
    if (record?.authorization.kind !== 'personal') return invalid
    return this.#admit(undefined, record, this.#deps.clock.latest())
  }

  async #admit(token: PresentedToken | undefined, record: AuthorizationRecord, latest: number): Promise<AccessCheck> {
    const { authorization } = record
    if (token?.generation !== undefined && token.generation !== authorization.generation) return invalid
    if (!isActive(record, latest)) {
      const timeless = { ...authorization, expiresAt: undefined, idleSeconds: undefined }
      const onlyExpired = isActive({ ...record, authorization: timeless }, latest)
      return onlyExpired ? { outcome: 'expired' } : invalid
    }
    const issuedAt = token?.issuedAt ?? authorization.rotatedAt ?? authorization.createdAt
    const expiresAt = token?.expiresAt ?? this.#ownExpiry(token, record, issuedAt)
    if (expiresAt !== undefined && expiresAt <= latest) return { outcome: 'expired' }
    const role = effectiveRole(record)
    const access: Access = {
      kind: accessKind(authorization),
      authorization,
      subject: record.subject,
      role: token?.role ? lowerRole(role, token.role) : role,
      scope: token?.scope ? authorization.scope.filter((name) => token.scope?.includes(name)) : authorization.scope,
      audience: token?.audience ?? authorization.audience,
      tokenId: token?.tokenId,
      issuedAt,
      expiresAt,
    }
    await countUse(authorization, this.#deps)
    return { outcome: 'active', access }
  }

  /** A hex access token carries no times: it was issued when its generation began. A cookie or secret ends with the row. */
  #ownExpiry(token: PresentedToken | undefined, record: AuthorizationRecord, issuedAt: number): number | undefined {
    const { authorization } = record
    if (token?.generation === undefined) return authorization.expiresAt
    const end = issuedAt + authorization.accessLifetimeSeconds
    return authorization.expiresAt === undefined ? end : Math.min(end, authorization.expiresAt)
  }

  #signedToken(record: AuthorizationRecord, scope: readonly string[], now: number, lifetimeSeconds: number): string {
    const { authorization, subject } = record
    const set = this.#deps.keys().current(this.#deps.clock.latest())
    const claims = {
      iss: this.#deps.issuer,
      sub: authorization.subject.id,
      aud: authorization.audience,
      client_id: authorization.clientId,
      iat: now,
      exp: now + lifetimeSeconds,
      jti: Buffer.from(this.#deps.random.bytes(12)).toString('base64url'),
      sid: authorization.id,
      role: subject ? lowerRole(authorization.roleCeiling, subject.role) : authorization.roleCeiling,
      scope: scope.join(' '),
    }
    const text = signToken(set, accessTokenType, { ...claims, aud: writeAudience(claims.aud) })
    // Our own signature needs no second look.
    this.#verified.add(text, { claims, kid: set.kid })
    return text
  }

  #state() {
    const { keys, issuer, clock } = this.#deps
    return { ring: keys(), issuer, latest: clock.latest(), cache: this.#verified }
  }

  /** Counts up from a random start: no two machine tokens of one process and second are alike. */
  #nextSerial(): number {
    this.#serial = (this.#serial + 1) >>> 0
    return this.#serial
  }
}
