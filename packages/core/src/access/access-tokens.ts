/*
 * Access: what a presented token permits now, introspection, and revocation.
 * This folder must not know how a token came to be granted.
 */
import type { Domain } from '../domain/domain.ts'
import { effectiveRole, isActive } from '../model/authorization/activity.ts'
import type { Authorization, AuthorizationRecord } from '../model/authorization/authorization.ts'
import { lowerRole } from '../model/principals/role.ts'
import { accessTokenType, writeAudience } from '../tokens/access-claims.ts'
import { writeHexToken, writeMachineToken } from '../tokens/opaque-token.ts'
import { PlainToken } from '../tokens/plain-token.ts'
import { signToken } from '../tokens/signed-token.ts'
import { VerifiedCache } from '../tokens/verified-cache.ts'
import { type Access, type AccessCheck, accessKind } from './access.ts'
import { countUse } from './count-use.ts'
import { type PresentedToken, presented } from './presented-token.ts'
import { everyUse, type ReadToken, readToken, type TokenUse } from './token-reader.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random' | 'keys' | 'issuer' | 'usage'>

/** An access token on its way out. */
export interface IssuedAccess {
  readonly token: PlainToken
  readonly expiresInSeconds: number
}

/** A token of whatever kind, and the Authorization that it stands for, active or not. */
export interface LocatedToken {
  readonly use: TokenUse
  readonly token: PresentedToken
  readonly record: AuthorizationRecord
}

const invalid: AccessCheck = { outcome: 'invalid' }
const expired: AccessCheck = { outcome: 'expired' }

/** When a retry re-issues a hex token, its lifetime counts from the original rotation. */
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

  /** Checks a token presented as `Bearer` (RFC 6750 §2.1). */
  check(text: string): Promise<AccessCheck> {
    return this.#check(text, ['personal', 'access'])
  }

  /** Checks what may be a personal token and nothing else. */
  checkPersonal(text: string): Promise<AccessCheck> {
    return this.#check(text, ['personal'])
  }

  /** Checks the value of a session cookie. */
  checkCookie(text: string): Promise<AccessCheck> {
    return this.#check(text, ['cookie'])
  }

  /**
   * Checks either token of a session's pair: the live refresh token stands for the session too. Only for ending it; a
   * refresh token opens nothing else (all-D3).
   */
  checkPair(text: string): Promise<AccessCheck> {
    return this.#check(text, ['personal', 'access', 'refresh'])
  }

  /** What a token of any kind stands for, if it is active: for introspection. */
  async inspect(text: string): Promise<{ readonly use: TokenUse; readonly access: Access } | undefined> {
    const read = this.#read(text, everyUse)
    const check = await this.#judge(read)
    if (!read || check.outcome !== 'active') return undefined
    // A resource server asks about what was just presented to it; of the other kinds none is.
    if (read.use === 'access' || read.use === 'personal') await this.#count(check.access)
    return { use: read.use, access: check.access }
  }

  /** Finds what a token of any kind stands for, whatever its age: an old one still names its Authorization (S5). */
  async locate(text: string): Promise<LocatedToken | undefined> {
    const read = this.#read(text, everyUse)
    const record = read && (await this.#recordOf(read))
    return read && record && { use: read.use, token: tokenOf(read, record), record }
  }

  #read(text: string, uses: readonly TokenUse[]): ReadToken | undefined {
    const { keys, issuer, clock } = this.#deps
    return readToken(text, uses, { ring: keys(), issuer, latest: clock.latest(), cache: this.#verified })
  }

  async #check(text: string, uses: readonly TokenUse[]): Promise<AccessCheck> {
    const check = await this.#judge(this.#read(text, uses))
    if (check.outcome === 'active') await this.#count(check.access)
    return check
  }

  async #judge(read: ReadToken | undefined): Promise<AccessCheck> {
    if (!read) return invalid
    const latest = this.#deps.clock.latest()
    // Before the store is asked.
    if (read.use !== 'personal' && isOver(read.token, latest)) return expired
    const record = await this.#recordOf(read)
    return record ? admitted(read.use, tokenOf(read, record), record, latest) : invalid
  }

  async #recordOf(read: ReadToken): Promise<AuthorizationRecord | undefined> {
    const { authorizations } = this.#deps.store
    if (read.use !== 'personal') return authorizations.find(read.token.authorizationId, read.token.tokenId)
    const record = await authorizations.findBySecret(read.secretDigest)
    return record?.authorization.kind === 'personal' ? record : undefined
  }

  #count({ authorization }: Access): Promise<void> {
    return countUse(authorization, this.#deps)
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

  /** Counts up from a random start: no two machine tokens of one process and second are alike. */
  #nextSerial(): number {
    this.#serial = (this.#serial + 1) >>> 0
    return this.#serial
  }
}

const tokenOf = (read: ReadToken, { authorization }: AuthorizationRecord): PresentedToken =>
  read.use === 'personal' ? presented({ authorizationId: authorization.id }) : read.token

const isOver = ({ expiresAt }: PresentedToken, latest: number): boolean =>
  expiresAt !== undefined && expiresAt <= latest

function admitted(use: TokenUse, token: PresentedToken, record: AuthorizationRecord, latest: number): AccessCheck {
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
  const access: Access = {
    kind: accessKind(authorization),
    authorization,
    subject: record.subject,
    role: token.role ? lowerRole(role, token.role) : role,
    scope: token.scope ? authorization.scope.filter((name) => token.scope?.includes(name)) : authorization.scope,
    audience: token.audience ?? authorization.audience,
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
