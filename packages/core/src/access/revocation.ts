import type { Domain } from '../domain/domain.ts'
import { conditionOn, type ProvenUser, written } from '../domain/proof.ts'
import type { AuditEvent } from '../model/audit-event.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import { isActive } from '../model/authorization/activity.ts'
import type { Authorization, AuthorizationKind } from '../model/authorization/authorization.ts'
import type { Caller, SessionCaller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import { type Subject, sameSubject } from '../model/principals/subject.ts'
import type { AuthorizationPage } from '../ports/store/authorizations.ts'
import { digest } from '../tokens/digest.ts'
import { looksLikeSecret } from '../tokens/secret-token.ts'
import type { AccessTokens, LocatedToken } from './access-tokens.ts'

/** Which Authorizations are listed, and where a page begins. Default is all kinds and dialects. */
export interface AuthorizationQuery {
  readonly kind?: AuthorizationKind | undefined
  readonly dialect?: string | undefined
  readonly limit: number
  readonly after?: string | undefined
}

/** An Authorization, and whether its tokens are accepted. */
export interface ShownAuthorization {
  readonly authorization: Authorization
  readonly isActive: boolean
}

type Deps = Pick<Domain, 'store' | 'clock' | 'usage'> & { readonly accessTokens: AccessTokens }

/** Revokes and shows Authorizations: by token (RFC 7009), by id, or all of a user. Resolves after the commit (S5). */
export class Revocation {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * Revokes by token, for the client that the token was issued to. For an unknown token, another client's, and one that is
   * revoked already, nothing happens and the answer is the same (I8).
   *
   * Any token of a session will do, even a used or expired one: the session ends as a whole. A client's access token ends alone,
   * and so does one that came by an exchange.
   */
  async revokeToken(
    { token, clientId }: { readonly token: string; readonly clientId: string },
    by: Caller,
  ): Promise<void> {
    const found = await this.#deps.accessTokens.locate(token)
    const issuedTo = found && (found.token.actors[0] ?? found.record.authorization.clientId)
    if (found && issuedTo === clientId) await this.#end(found, by)
  }

  /**
   * Revokes what a token of any kind stands for, or a client's secret with every token issued for it. The handler has checked that
   * the caller may.
   *
   * @returns Whether there was such a token or secret.
   */
  async revokePresented(text: string, by: Caller): Promise<boolean> {
    if (looksLikeSecret(text, 'key')) return this.#endSecret(text, by)
    const found = await this.#deps.accessTokens.locate(text)
    if (found) await this.#end(found, by)
    return found !== undefined
  }

  /** Revokes an Authorization of any subject, by id; for the owner. @throws AuthError `not_found`. */
  async revokeAny(id: string, by: Caller): Promise<void> {
    const record = await this.#deps.store.authorizations.find(id)
    if (!record) throw new AuthError('not_found')
    await this.revoke(record.authorization, by)
  }

  /** Revokes an Authorization. Idempotent. */
  async revoke(authorization: Authorization, by: Caller): Promise<void> {
    const event = this.#event('authorization_revoked', authorization, by)
    await this.#deps.store.authorizations.revoke(authorization.id, this.#deps.clock.now(), event)
  }

  /**
   * Revokes one of the caller's own. Another subject's and a missing one are the same (N-128).
   *
   * @param input `kind`: the kind that it must be of. Default is any.
   * @throws AuthError `not_found`.
   */
  async revokeOwn(
    { id, kind }: { readonly id: string; readonly kind?: AuthorizationKind },
    by: Caller & Pick<SessionCaller, 'subject'>,
  ): Promise<void> {
    const record = await this.#deps.store.authorizations.find(id)
    const own = record !== undefined && sameSubject(record.authorization.subject, by.subject)
    if (!own || (kind !== undefined && record.authorization.kind !== kind)) throw new AuthError('not_found')
    await this.revoke(record.authorization, by)
  }

  /**
   * Ends every session of a user. `personal`: personal tokens too, and with them the recovery codes and a pending TOTP secret. One
   * row is written for all tokens.
   *
   * @throws AuthError `not_found`.
   */
  async revokeAllOf(
    { userId, personal }: { readonly userId: string; readonly personal: boolean },
    by: Caller,
  ): Promise<void> {
    const event = this.#eventOfAll({ personal }, by, userId)
    const on = conditionOn(undefined, by, this.#deps)
    const outcome = written(await this.#deps.store.users.revokeAll(userId, { personal }, event, on))
    if (outcome === 'unknown') throw new AuthError('not_found')
  }

  /** Ends every session of the user but the presented one. Personal tokens live on. One row is written. */
  async endOtherSessions(by: SessionCaller): Promise<void> {
    const event = this.#eventOfAll({ others: true }, by, by.subject.id)
    const on = conditionOn(undefined, by, this.#deps)
    const kept = { userId: by.subject.id, keep: by.authorization.id }
    written(await this.#deps.store.users.endOtherSessions(kept, on, event))
  }

  /**
   * Ends every session of every user but the presented one. Personal tokens and what clients hold live on. One commit.
   *
   * @param proof Of the owner, from `StepUp.require`.
   */
  async endEverybodysSessions(proof: ProvenUser, by: SessionCaller): Promise<void> {
    const event = this.#eventOfAll({ everybody: true }, by)
    const kept = { userId: by.subject.id, keep: by.authorization.id }
    written(await this.#deps.store.users.endEverybodysSessions(kept, proof.on, event))
  }

  /**
   * One Authorization, and whether it is active, also where it has ended. Last uses that are not stored yet are in it.
   *
   * @param of Whose it must be. Default: anybody's. Another's and a missing one are the same.
   * @throws AuthError `not_found`.
   */
  async show({ id, of }: { readonly id: string; readonly of?: Subject | undefined }): Promise<ShownAuthorization> {
    const record = await this.#deps.store.authorizations.find(id)
    if (!record || (of && !sameSubject(record.authorization.subject, of))) throw new AuthError('not_found')
    const authorization = this.#asUsed(record.authorization)
    return { authorization, isActive: isActive({ ...record, authorization }, this.#deps.clock.latest()) }
  }

  /** The subject's live Authorizations, newest first. */
  listOwn(subject: Subject, page: AuthorizationQuery): Promise<AuthorizationPage> {
    return this.list({ ...page, subject })
  }

  /** The live Authorizations of all subjects, or of one, newest first. */
  async list(page: AuthorizationQuery & { readonly subject?: Subject | undefined }): Promise<AuthorizationPage> {
    const { store, clock } = this.#deps
    const { authorizations, next } = await store.authorizations.listLive({ latest: clock.latest(), ...page })
    return { authorizations: authorizations.map((one) => this.#asUsed(one)), next }
  }

  /** The live personal tokens of all users that expire soon, the next first. */
  async listExpiring(query: {
    readonly withinSeconds: number
    readonly limit: number
  }): Promise<readonly Authorization[]> {
    const { store, clock } = this.#deps
    const latest = clock.latest()
    const { limit, withinSeconds } = query
    const found = await store.authorizations.listExpiring({ latest, until: latest + withinSeconds, limit })
    return found.map((one) => this.#asUsed(one))
  }

  /** With the last use that this process has counted and not stored yet. */
  #asUsed(authorization: Authorization): Authorization {
    const { lastUsedAt = 0, id } = authorization
    const counted = this.#deps.usage.lastUse(id)
    if (counted === undefined || counted.at <= lastUsedAt) return authorization
    return { ...authorization, lastUsedAt: counted.at, lastUsedFrom: counted.from }
  }

  async #endSecret(secret: string, by: Caller): Promise<boolean> {
    const { store, clock } = this.#deps
    const found = await store.clients.findBySecret(digest(secret))
    if (!found) return false
    const { id, clientId } = found.credential
    const subject = { kind: 'client', id: clientId } as const
    const event = auditEvent({ action: 'credential_revoked', subject, detail: { credential: id } }, by, this.#deps)
    await store.clients.revokeCredential(id, clock.now(), event)
    return true
  }

  /** A client's token, and one that came by an exchange, ends alone; any other ends its session. */
  async #end({ record: { authorization }, token }: LocatedToken, by: Caller): Promise<void> {
    const { tokenId, expiresAt } = token
    const isOneOfMany = authorization.kind === 'standing' || token.actors.length > 0
    if (!isOneOfMany) return this.revoke(authorization, by)
    if (tokenId === undefined || expiresAt === undefined || expiresAt <= this.#deps.clock.latest()) return
    const event = this.#event('token_revoked', authorization, by)
    await this.#deps.store.authorizations.revokeToken({ authorizationId: authorization.id, tokenId, expiresAt }, event)
  }

  #event(action: 'authorization_revoked' | 'token_revoked', authorization: Authorization, by: Caller): AuditEvent {
    return auditEvent({ action, ...about(authorization) }, by, this.#deps)
  }

  #eventOfAll(detail: AuditEvent['detail'], by: Caller, userId?: string): AuditEvent {
    const subject = userId === undefined ? undefined : ({ kind: 'user', id: userId } as const)
    return auditEvent({ action: 'authorizations_revoked', subject, detail }, by, this.#deps)
  }
}
