import type { Access } from '../access/access.ts'
import type { AccessTokens } from '../access/access-tokens.ts'
import { about, auditEvent } from '../audit-event.ts'
import type { Authorization } from '../authorization/authorization.ts'
import { isDelegated } from '../authorization/delegation.ts'
import { newAuthorization } from '../authorization/new-authorization.ts'
import { defaultScope } from '../authorization/scope.ts'
import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { WriteCondition } from '../ports/condition.ts'
import type { AuthenticatedUser } from '../principals/login.ts'
import { conditionOn, written } from '../principals/proof.ts'
import { lowerRole } from '../principals/role.ts'
import type { SessionPolicy } from './session-policy.ts'
import type { TokenSet } from './token-set.ts'
import { issueTokenSet } from './token-sets.ts'

/** Turns an authenticated person into an Authorization and its first token set: the end of every login path. */
export class Sessions {
  readonly #deps: Domain & { readonly accessTokens: AccessTokens }

  constructor(deps: Domain & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /**
   * Opens another session for whoever presents one already. What they showed at that login, and when, counts for this one
   * too; it may do no more than what is presented (N-130). If a machine holds what is presented, this session ends with the
   * same client and no later.
   *
   * @throws AuthError `token_invalid` if the session is no person's, or it has ended or the person is gone meanwhile.
   */
  async openBeside(access: Access, policy: SessionPolicy, circumstances: Circumstances): Promise<TokenSet> {
    const from = access.authorization
    const { subject, factors } = from
    const user = subject.kind === 'user' ? await this.#deps.store.users.find(subject.id) : undefined
    if (!user) throw new AuthError('token_invalid')
    const roleCeiling = lowerRole(access.role, policy.roleCeiling ?? access.role)
    // Of the presented session's epoch: what has ended the person's sessions meanwhile has ended this one too.
    const sessionsEpoch = Math.min(user.sessionsEpoch, from.epoch)
    const who = { user: { ...user, sessionsEpoch }, factors }
    const on = conditionOn(undefined, from, this.#deps)
    const terms = { scope: access.scope, on, from }
    return this.#open(who, { ...policy, roleCeiling, ...bondsOf(from) }, terms, circumstances)
  }

  /**
   * One commit: the row and its audit event, and the end of those that it replaces.
   *
   * @throws AuthError `credentials_invalid` if the person changed since they were judged.
   */
  open(who: AuthenticatedUser, policy: SessionPolicy, circumstances: Circumstances): Promise<TokenSet> {
    const terms = { scope: defaultScope, on: conditionOn(who.user, undefined, this.#deps), from: undefined }
    return this.#open(who, policy, terms, circumstances)
  }

  async #open(
    who: AuthenticatedUser,
    policy: SessionPolicy,
    { scope, on, from }: SessionTerms,
    circumstances: Circumstances,
  ): Promise<TokenSet> {
    const { clock, store, keys, issuer } = this.#deps
    const { user, factors } = who
    const now = clock.now()
    const authorization = newAuthorization(
      {
        kind: 'session',
        subject: { kind: 'user', id: user.id },
        clientId: policy.clientId,
        clientEpoch: policy.clientEpoch,
        dialect: policy.dialect,
        roleCeiling: lowerRole(user.role, policy.roleCeiling ?? user.role),
        scope,
        audience: [issuer],
        factors,
        epoch: user.sessionsEpoch,
        accessForm: policy.accessForm,
        accessLifetimeSeconds: policy.accessLifetimeSeconds,
        createdAt: now,
        expiresAt: Math.min(now + policy.lifetimeSeconds, this.#latestEnd(from)),
        authenticatedAt: from?.authenticatedAt ?? now,
        refreshKeyNumber: policy.refreshable ? keys().current(clock.latest()).number : undefined,
      },
      this.#deps,
    )
    const event = auditEvent(
      { action: 'authorization_created', actor: authorization.subject, ...about(authorization) },
      circumstances,
      this.#deps,
    )
    written(await store.authorizations.createOn(on, authorization, event, { replacing: policy.replacing }))
    const subject = {
      name: user.username,
      role: user.role,
      enabled: true,
      sessionsEpoch: user.sessionsEpoch,
      personalEpoch: user.personalEpoch,
    }
    return issueTokenSet({ authorization, subject, client: undefined, tokenRevoked: false }, this.#deps)
  }
  /** Nobody but a person prolongs what a machine was given. */
  #latestEnd(from: Authorization | undefined): number {
    const bounded = from !== undefined && isDelegated(from, this.#deps.policy)
    return (bounded ? from.expiresAt : undefined) ?? Number.POSITIVE_INFINITY
  }
}

/** What a new session takes over from what it is opened on. */
interface SessionTerms {
  readonly scope: readonly string[]
  readonly on: WriteCondition
  /** The session that it is derived from. `undefined`: a login. */
  readonly from: Authorization | undefined
}

/** The registered client that a session was given through is the client of whatever is derived from it. */
const bondsOf = ({ clientId, clientEpoch }: Authorization): Partial<SessionPolicy> =>
  clientEpoch === undefined ? {} : { clientId, clientEpoch }
