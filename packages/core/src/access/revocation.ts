import type { Domain } from '../domain/domain.ts'
import type { AuditEvent } from '../model/audit-event.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import type { Authorization, AuthorizationKind } from '../model/authorization/authorization.ts'
import { AuthError } from '../model/errors.ts'
import { type Subject, sameSubject } from '../model/principals/subject.ts'
import type { RequestContext } from '../model/request-context.ts'
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

/** Ends Authorizations, by token (RFC 7009) or by id. Success is told only after the commit (S5). */
export class Revocation {
  readonly #deps: Pick<Domain, 'store' | 'clock'> & { readonly accessTokens: AccessTokens }

  constructor(deps: Pick<Domain, 'store' | 'clock'> & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /**
   * Revokes by token, for the client that the token was given through. An unknown token, a foreign one, one that is dead
   * already: all the same, nothing happens and nothing is told (I8).
   *
   * Any member of a chain will do, even a used or expired one. A session ends as a whole; a machine's token ends alone.
   */
  async revokeToken(token: string, by: { readonly clientId: string }, circumstances: RequestContext): Promise<void> {
    const found = await this.#deps.accessTokens.locate(token)
    if (found?.record.authorization.clientId === by.clientId) await this.#end(found, undefined, circumstances)
  }

  /**
   * Ends what a token of any kind stands for, and a client's secret with every token got with it, whoever asks: the caller has
   * checked that it may.
   *
   * @returns Whether there was such a token or secret.
   */
  async revokePresented(text: string, actor: Subject | undefined, circumstances: RequestContext): Promise<boolean> {
    if (looksLikeSecret(text, 'key')) return this.#endSecret(text, actor, circumstances)
    const found = await this.#deps.accessTokens.locate(text)
    if (found) await this.#end(found, actor, circumstances)
    return found !== undefined
  }

  /**
   * Ends anybody's, by id; for the owner.
   *
   * @throws AuthError `not_found`.
   */
  async revokeAny(id: string, actor: Subject, circumstances: RequestContext): Promise<void> {
    const record = await this.#deps.store.authorizations.find(id)
    if (!record) throw new AuthError('not_found')
    await this.revoke(record.authorization, actor, circumstances)
  }

  /** Ends an Authorization. Idempotent. */
  async revoke(authorization: Authorization, actor: Subject | undefined, circumstances: RequestContext): Promise<void> {
    const event = this.#event('authorization_revoked', authorization, actor, circumstances)
    await this.#deps.store.authorizations.revoke(authorization.id, this.#deps.clock.now(), event)
  }

  /**
   * Ends one of the subject's own. Somebody else's and a missing one are the same (N-128).
   *
   * @param kind The kind that it must be of. Default is any.
   * @throws AuthError `not_found`.
   */
  async revokeOwn(
    id: string,
    subject: Subject,
    circumstances: RequestContext,
    kind?: AuthorizationKind,
  ): Promise<void> {
    const record = await this.#deps.store.authorizations.find(id)
    const own = record !== undefined && sameSubject(record.authorization.subject, subject)
    if (!own || (kind !== undefined && record.authorization.kind !== kind)) throw new AuthError('not_found')
    await this.revoke(record.authorization, subject, circumstances)
  }

  /** The subject's live Authorizations, newest first. */
  listOwn(subject: Subject, page: AuthorizationQuery): Promise<AuthorizationPage> {
    return this.list({ ...page, subject })
  }

  /** Everybody's live Authorizations, or one subject's, newest first; for the owner. */
  list(page: AuthorizationQuery & { readonly subject?: Subject | undefined }): Promise<AuthorizationPage> {
    return this.#deps.store.authorizations.listLive({ latest: this.#deps.clock.latest(), ...page })
  }

  async #endSecret(secret: string, actor: Subject | undefined, circumstances: RequestContext): Promise<boolean> {
    const { store, clock } = this.#deps
    const found = await store.clients.findBySecret(digest(secret))
    if (!found) return false
    const { id, clientId } = found.credential
    const subject = { kind: 'client', id: clientId } as const
    const event = auditEvent(
      { action: 'credential_revoked', actor, subject, detail: { credential: id } },
      circumstances,
      this.#deps,
    )
    await store.clients.revokeCredential(id, clock.now(), event)
    return true
  }

  async #end(
    { record: { authorization }, token }: LocatedToken,
    actor: Subject | undefined,
    circumstances: RequestContext,
  ): Promise<void> {
    const { tokenId, expiresAt } = token
    if (authorization.kind !== 'standing') return this.revoke(authorization, actor, circumstances)
    if (tokenId === undefined || expiresAt === undefined || expiresAt <= this.#deps.clock.latest()) return
    const event = this.#event('token_revoked', authorization, actor, circumstances)
    await this.#deps.store.authorizations.revokeToken({ authorizationId: authorization.id, tokenId, expiresAt }, event)
  }

  #event(
    action: 'authorization_revoked' | 'token_revoked',
    authorization: Authorization,
    actor: Subject | undefined,
    circumstances: RequestContext,
  ): AuditEvent {
    return auditEvent({ action, actor, ...about(authorization) }, circumstances, this.#deps)
  }
}
