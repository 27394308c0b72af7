/*
 * Grants: each turns a login, a client or a refresh token into an Authorization and its tokens.
 * This folder must not know how a user or client was authenticated.
 */
import type { Access } from '../access/access.ts'
import type { AccessTokens } from '../access/access-tokens.ts'
import type { AuthenticatedUser } from '../authentication/login.ts'
import type { Domain } from '../domain/domain.ts'
import { conditionOn, written } from '../domain/proof.ts'
import type { AuditEvent } from '../model/audit-event.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import type { Authorization, AuthorizedApi, IncompleteKind } from '../model/authorization/authorization.ts'
import { isDelegated } from '../model/authorization/delegation.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import { recordOfUser } from '../model/authorization/subject-state.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import { lowerRole } from '../model/principals/role.ts'
import { defaultScope } from '../model/scope.ts'
import type { Cap } from '../ports/store/authorizations.ts'
import type { WriteCondition } from '../ports/store/condition.ts'
import { incompleteSessionPolicy, nativeSessionPolicy, type SessionPolicy } from './session-policy.ts'
import { grantedAtLogin, type Target, type TargetRequest } from './targets.ts'
import type { TokenSet } from './token-set.ts'
import { issueTokenSet } from './token-sets.ts'

/** A session that a login opens. */
export interface NewSession {
  readonly who: AuthenticatedUser
  readonly policy: SessionPolicy
  /** A session that ends in the same commit, whatever its subject. Default is none. */
  readonly ending?: Authorization | undefined
  /** Which APIs its tokens may be meant for. Default is the issuer alone. */
  readonly target?: TargetRequest | undefined
}

/** Turns an authenticated user into an Authorization and its first token set: the end of every login path. */
export class Sessions {
  readonly #deps: Domain & { readonly accessTokens: AccessTokens }

  constructor(deps: Domain & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /**
   * Creates another session for a caller who presents one. What they showed at that login, and when, counts for this one
   * too; it may do no more than what is presented (N-130). If a client holds what is presented, this session ends with the
   * same client and no later.
   *
   * @throws AuthError `token_invalid` if the session is no user's, or it has ended or the user is gone meanwhile.
   */
  async openBeside(
    { access, policy }: { readonly access: Access; readonly policy: SessionPolicy },
    by: Caller,
  ): Promise<TokenSet> {
    const from = access.authorization
    const { subject, factors } = from
    const user = subject.kind === 'user' ? await this.#deps.store.users.find(subject.id) : undefined
    if (!user) throw new AuthError('token_invalid')
    const roleCeiling = lowerRole(access.role, policy.roleCeiling ?? access.role)
    // Of the presented session's epoch: what has ended the user's sessions meanwhile has ended this one too.
    const sessionsEpoch = Math.min(user.sessionsEpoch, from.epoch)
    const who = { user: { ...user, sessionsEpoch }, factors }
    const on = conditionOn(undefined, { authorization: from }, this.#deps)
    const terms = { scope: access.scope, on, from }
    return this.#open(who, { ...policy, roleCeiling, ...bondsOf(from) }, terms, by)
  }

  /**
   * One commit: the row and its audit event, and the end of those that it replaces. Where the user has as many sessions as are
   * permitted, those are ended that were unused for longer than their access tokens live.
   *
   * @throws AuthError `credentials_invalid` if the user changed since they were verified, `too_many_sessions` if none can be ended;
   *   `target_invalid`, `scope_invalid`.
   */
  async open({ who, policy, ending, target }: NewSession, by: Caller): Promise<TokenSet> {
    const on = conditionOn(who.user, undefined, this.#deps)
    const role = lowerRole(who.user.role, policy.roleCeiling ?? who.user.role)
    const { granted, first } = target ? await grantedAtLogin(target, role, this.#deps) : {}
    return this.#open(who, policy, { scope: defaultScope, on, ending, ...granted, first }, by)
  }

  /**
   * Opens what completes a login, in place of the session that it would have opened: an opaque access token for ten minutes,
   * without a refresh token. An earlier one of the user ends.
   *
   * @throws AuthError `credentials_invalid` if the user changed since they were verified.
   */
  openIncomplete(
    { who, kind, ending }: Pick<NewSession, 'who' | 'ending'> & { readonly kind: IncompleteKind },
    by: Caller,
  ): Promise<TokenSet> {
    const on = conditionOn(who.user, undefined, this.#deps)
    return this.#open(who, incompleteSessionPolicy, { kind, scope: defaultScope, on, ending }, by)
  }

  async #open(
    who: AuthenticatedUser,
    policy: SessionPolicy,
    { kind, scope, audience, apis = [], first, on, from, ending }: Terms,
    by: Caller,
  ): Promise<TokenSet> {
    const { clock, store, keys, issuer } = this.#deps
    const { user, factors } = who
    const now = clock.now()
    const authorization = newAuthorization(
      {
        kind: kind ?? 'session',
        subject: { kind: 'user', id: user.id },
        clientId: policy.clientId,
        clientEpoch: policy.clientEpoch,
        dialect: policy.dialect,
        roleCeiling: lowerRole(user.role, policy.roleCeiling ?? user.role),
        scope,
        audience: audience ?? [issuer],
        apis,
        factors,
        epoch: user.sessionsEpoch,
        accessForm: policy.accessForm,
        accessLifetimeSeconds: policy.accessLifetimeSeconds,
        createdAt: now,
        expiresAt: Math.min(now + policy.lifetimeSeconds, this.#latestEnd(from)),
        authenticatedAt: from?.authenticatedAt ?? now,
        idleSeconds: policy.idleSeconds,
        refreshKeyNumber: policy.refreshable ? keys().current(clock.latest()).number : undefined,
      },
      this.#deps,
    )
    const created = { action: 'authorization_created', actor: authorization.subject, ...about(authorization) } as const
    const event = auditEvent(created, by, this.#deps)
    const options = {
      replacing: policy.replacing,
      ending: ending && { id: ending.id, audit: this.#endOf(ending, authorization, by) },
    }
    const cap = this.#capOf(authorization, by)
    const stored = written(await store.authorizations.createWithin(cap, on, authorization, event, options))
    if (stored === 'full') {
      throw new AuthError('too_many_sessions', { retryAfterSeconds: policy.accessLifetimeSeconds })
    }
    return issueTokenSet(recordOfUser(authorization, user), this.#deps, first)
  }

  /** Only a user extends what a client was given. */
  #latestEnd(from: Authorization | undefined): number {
    const bounded = from !== undefined && isDelegated(from, this.#deps.policy)
    return (bounded ? from.expiresAt : undefined) ?? Number.POSITIVE_INFINITY
  }

  /** Native sessions have a cap of their own, and those of all other dialects have one together. */
  #capOf({ dialect, subject }: Authorization, by: Caller): Cap {
    const { policy, clock, usage } = this.#deps
    const isNative = dialect === nativeSessionPolicy.dialect
    const yielded = {
      action: 'authorization_revoked',
      actor: subject,
      subject,
      detail: { by: 'too many sessions' },
    } as const
    return {
      most: isNative ? policy.maxSessions : policy.maxVendorSessions,
      among: isNative ? 'dialect' : { otherThan: nativeSessionPolicy.dialect },
      yields: 'unused',
      latest: clock.latest(),
      lastUse: (id) => usage.lastUse(id)?.at,
      yielded: auditEvent(yielded, by, this.#deps),
    }
  }

  #endOf(ended: Authorization, { subject: actor }: Authorization, by: Caller): AuditEvent {
    const detail = { by: 'another login' }
    return auditEvent({ action: 'authorization_revoked', actor, ...about(ended), detail }, by, this.#deps)
  }
}

/** What a new session is opened on. */
interface Terms {
  /** Default is `session`. */
  readonly kind?: IncompleteKind | undefined
  readonly scope: readonly string[]
  /** Default is the issuer alone. */
  readonly audience?: readonly string[] | undefined
  readonly apis?: readonly AuthorizedApi[] | undefined
  /** What the first access token is meant for. Default is the issuer, with the whole scope. */
  readonly first?: Target | undefined
  readonly on: WriteCondition
  /** The session that it is derived from. Default is none: a login. */
  readonly from?: Authorization | undefined
  /** Ends in the same commit. Default is none. */
  readonly ending?: Authorization | undefined
}

/** The registered client that a session was given through is the client of whatever is derived from it. */
const bondsOf = ({ clientId, clientEpoch }: Authorization): Partial<SessionPolicy> =>
  clientEpoch === undefined ? {} : { clientId, clientEpoch }
