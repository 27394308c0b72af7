/*
 * Access: what a presented token permits now, introspection, and revocation.
 * This folder must not know how a token came to be granted.
 */
import type { Domain } from '../domain/domain.ts'
import { type Api, issuerApiId } from '../model/api.ts'
import type { Authorization, AuthorizationRecord } from '../model/authorization/authorization.ts'
import type { TokenForm } from '../model/principals/client.ts'
import { lowerRole, type Role } from '../model/principals/role.ts'
import {
  type AccessClaims,
  accessTokenType,
  apiTokenId,
  plainTokenType,
  writeActors,
  writeAudience,
} from '../tokens/access-claims.ts'
import { writeApiToken, writeHexToken, writeMachineToken } from '../tokens/opaque-token.ts'
import { PlainToken } from '../tokens/plain-token.ts'
import { signToken } from '../tokens/signed-token.ts'
import { VerifiedCache } from '../tokens/verified-cache.ts'
import type { Access, AccessCheck } from './access.ts'
import { activeAccess, expired, invalid, isOver, tokenOf } from './active-access.ts'
import { atItsApi } from './api-access.ts'
import { countUse, type Presenter } from './count-use.ts'
import type { PresentedToken } from './presented-token.ts'
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

/** What one access token is issued for. */
export interface AccessTerms {
  readonly api: Api
  readonly scope: readonly string[]
  /** The clients that act for the subject, the present one first (RFC 8693 §4.1). Default is none: it comes by no exchange. */
  readonly actors?: readonly string[] | undefined
  /** The ids of the tokens that it is exchanged from, the last first. Default is none. */
  readonly ancestors?: readonly string[] | undefined
  /** The epoch of the client that exchanges, where it is registered. */
  readonly clientEpoch?: number | undefined
  /** It permits no more than this role. Default is that of the Authorization. */
  readonly role?: Role | undefined
  /** The form that the client prefers. Default is the Authorization's. That of the API goes before. */
  readonly tokenForm?: TokenForm | undefined
  /** Default is the Authorization's. That of the API goes before. */
  readonly lifetimeSeconds?: number | undefined
  /** It ends no later: epoch seconds. */
  readonly notAfter?: number | undefined
}

/** When a retry re-issues a hex token, its lifetime counts from the original rotation. */
function lifetimeFrom(authorization: Authorization, terms: AccessTerms | undefined, now: number): number {
  const { accessForm, createdAt, rotatedAt } = authorization
  const accessLifetimeSeconds =
    terms?.api.accessLifetimeSeconds ?? terms?.lifetimeSeconds ?? authorization.accessLifetimeSeconds
  const expiresAt = Math.min(
    authorization.expiresAt ?? Number.POSITIVE_INFINITY,
    terms?.notAfter ?? Number.POSITIVE_INFINITY,
  )
  const isHex = accessForm === 'hex' && (terms === undefined || terms.api.id === issuerApiId)
  const age = isHex ? Math.max(0, now - (rotatedAt ?? createdAt)) : 0
  return Math.max(0, Math.min(accessLifetimeSeconds - age, expiresAt - now))
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
   * @param terms Default is all that the Authorization permits at its only audience.
   */
  issue(record: AuthorizationRecord, terms?: AccessTerms): IssuedAccess {
    const now = this.#deps.clock.now()
    const lifetimeSeconds = lifetimeFrom(record.authorization, terms, now)
    const isForApi = terms !== undefined && terms.api.id !== issuerApiId
    const text = isForApi
      ? this.#apiToken(record, terms, now, lifetimeSeconds)
      : this.#issuerToken(record, terms, now, lifetimeSeconds)
    return { token: new PlainToken(text), expiresInSeconds: lifetimeSeconds }
  }

  #issuerToken(
    record: AuthorizationRecord,
    terms: AccessTerms | undefined,
    now: number,
    lifetimeSeconds: number,
  ): string {
    const { authorization } = record
    const { clock, keys } = this.#deps
    const set = keys().current(clock.latest())
    const { id: authorizationId, generation } = authorization
    if (authorization.accessForm === 'hex') return writeHexToken(set, 'hex access', { authorizationId, generation })
    if (authorization.accessForm === 'opaque') {
      return writeMachineToken(set, { authorizationId, issuedAt: now, lifetimeSeconds, serial: this.#nextSerial() })
    }
    return this.#signedToken(record, accessTokenType, {
      aud: terms ? [terms.api.identifier] : authorization.audience,
      client_id: authorization.clientId,
      iat: now,
      exp: now + lifetimeSeconds,
      jti: this.#newTokenId(),
      scope: (terms?.scope ?? authorization.scope).join(' '),
    })
  }

  #apiToken(record: AuthorizationRecord, terms: AccessTerms, now: number, lifetimeSeconds: number): string {
    const { authorization } = record
    const { api, scope, actors = [], ancestors = [], clientEpoch } = terms
    const form = api.tokenForm ?? terms.tokenForm ?? (authorization.accessForm === 'opaque' ? 'opaque' : 'jwt')
    if (form === 'opaque') {
      const { clock, keys } = this.#deps
      const set = keys().current(clock.latest())
      const token = { authorizationId: authorization.id, issuedAt: now, lifetimeSeconds, serial: this.#nextSerial() }
      // A standing Authorization is for one API. Its row tells that, and the scope of a token that was not narrowed.
      const isWhole = scope.join(' ') === authorization.scope.join(' ')
      if (authorization.kind === 'standing' && isWhole && actors.length === 0) return writeMachineToken(set, token)
      return writeApiToken(set, { ...token, apiId: api.id, scope, actors, clientEpoch, ancestors })
    }
    const act = writeActors(actors)
    return this.#signedToken(
      record,
      api.tokenType === 'jwt' ? plainTokenType : accessTokenType,
      {
        aud: [api.identifier],
        client_id: actors[0] ?? authorization.clientId,
        iat: now,
        exp: now + lifetimeSeconds,
        jti: apiTokenId(api.id, clientEpoch, this.#newTokenId()),
        scope: scope.join(' '),
        ...(act ? { act } : {}),
        ...(ancestors.length > 0 ? { exchanged_from: ancestors } : {}),
      },
      terms.role,
    )
  }

  /** The value of a browser session's cookie. It lives as long as the Authorization. */
  issueCookie(authorizationId: string): PlainToken {
    const { clock, keys } = this.#deps
    const set = keys().current(clock.latest())
    return new PlainToken(writeHexToken(set, 'session cookie', { authorizationId, generation: 0 }))
  }

  /**
   * Checks a token presented as `Bearer` (RFC 6750 §2.1).
   *
   * @param presenter Told as the origin of this use. Default: not known.
   */
  check(text: string, presenter?: Presenter): Promise<AccessCheck> {
    return this.#check(text, ['personal', 'access'], presenter)
  }

  /** Checks what may be a personal token and nothing else. */
  checkPersonal(text: string, presenter?: Presenter): Promise<AccessCheck> {
    return this.#check(text, ['personal'], presenter)
  }

  /** Checks the value of a session cookie. */
  checkCookie(text: string, presenter?: Presenter): Promise<AccessCheck> {
    return this.#check(text, ['cookie'], presenter)
  }

  /**
   * Checks either token of a session's pair: the live refresh token stands for the session too. Only for ending it; a
   * refresh token opens nothing else (all-D3).
   */
  checkPair(text: string, presenter?: Presenter): Promise<AccessCheck> {
    return this.#check(text, ['personal', 'access', 'refresh'], presenter)
  }

  /**
   * What a token of any kind stands for, if it is active: for introspection.
   *
   * @param presenter The client that it was just presented to: a use. Default: it is looked up, and not used.
   */
  async inspect(
    text: string,
    presenter?: Presenter,
  ): Promise<{ readonly use: TokenUse; readonly access: Access } | undefined> {
    const read = this.#read(text, everyUse)
    const check = await this.#judge(read)
    if (!read || check.outcome !== 'active') return undefined
    // The other kinds are not presented to resource servers.
    if (presenter && (read.use === 'access' || read.use === 'personal')) await this.#count(check.access, presenter)
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

  async #check(text: string, uses: readonly TokenUse[], presenter: Presenter | undefined): Promise<AccessCheck> {
    const check = await this.#judge(this.#read(text, uses))
    if (check.outcome === 'active') await this.#count(check.access, presenter)
    return check
  }

  async #judge(read: ReadToken | undefined): Promise<AccessCheck> {
    if (!read) return invalid
    const latest = this.#deps.clock.latest()
    // Before the store is asked.
    if (read.use !== 'personal' && isOver(read.token, latest)) return expired
    const record = await this.#recordOf(read)
    if (!record) return invalid
    const token = tokenOf(read, record)
    const check = activeAccess(read.use, token, record, { latest, issuer: this.#deps.issuer })
    if (check.outcome !== 'active' || (token.apiId === undefined && record.authorization.apis.length === 0))
      return check
    return atItsApi(check.access, read.use, token, this.#deps)
  }

  async #recordOf(read: ReadToken): Promise<AuthorizationRecord | undefined> {
    const { authorizations } = this.#deps.store
    if (read.use !== 'personal') return authorizations.find(read.token.authorizationId, read.token.tokenId)
    const record = await authorizations.findBySecret(read.secretDigest)
    return record?.authorization.kind === 'personal' ? record : undefined
  }

  #count({ authorization }: Access, presenter: Presenter | undefined): Promise<void> {
    return countUse(authorization, presenter, this.#deps)
  }

  #signedToken(
    { authorization, subject }: AuthorizationRecord,
    type: string,
    given: Omit<AccessClaims, 'iss' | 'sub' | 'sid' | 'role'>,
    most?: Role,
  ): string {
    const set = this.#deps.keys().current(this.#deps.clock.latest())
    const { aud, client_id, iat, exp, jti, scope, ...rest } = given
    const role = subject ? lowerRole(authorization.roleCeiling, subject.role) : authorization.roleCeiling
    const claims: AccessClaims = {
      iss: this.#deps.issuer,
      sub: authorization.subject.id,
      aud,
      client_id,
      iat,
      exp,
      jti,
      sid: authorization.id,
      role: most ? lowerRole(most, role) : role,
      scope,
      ...rest,
    }
    const text = signToken(set, type, { ...claims, aud: writeAudience(claims.aud) })
    // Our own signature needs no second look.
    this.#verified.add(text, { claims, kid: set.kid })
    return text
  }

  #newTokenId(): string {
    return Buffer.from(this.#deps.random.bytes(12)).toString('base64url')
  }

  /** Counts up from a random start: no two client tokens of one process and second are alike. */
  #nextSerial(): number {
    this.#serial = (this.#serial + 1) >>> 0
    return this.#serial
  }
}
