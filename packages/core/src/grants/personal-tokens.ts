import type { Access } from '../access/access.ts'
import { about, auditEvent } from '../audit-event.ts'
import type { Authorization } from '../authorization/authorization.ts'
import { newAuthorization } from '../authorization/new-authorization.ts'
import { defaultScope, narrowScope } from '../authorization/scope.ts'
import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { WriteCondition } from '../ports/condition.ts'
import { conditionOn, written } from '../principals/proof.ts'
import { lowerRole, type Role } from '../principals/role.ts'
import type { User } from '../principals/user.ts'
import { digest } from '../tokens/digest.ts'
import type { PlainToken } from '../tokens/plain-token.ts'
import { maskSecret, newSecret } from '../tokens/secret-token.ts'

export interface PersonalTokenRequest {
  readonly label?: string | undefined
  /** Default is until revoked. */
  readonly lifetimeSeconds?: number | undefined
  /** Never more than the creator's own (N-130). Default is all of it. */
  readonly scope?: string | undefined
  readonly role?: Role | undefined
  /** `native` or a vendor's name. */
  readonly dialect: string
}

export interface PersonalToken {
  readonly authorization: Authorization
  /** Shown this once. */
  readonly token: PlainToken
}

/** Personal API tokens: random, stored as digests, any number per person. */
export class PersonalTokens {
  readonly #deps: Pick<Domain, 'store' | 'clock' | 'random' | 'issuer'>

  constructor(deps: Pick<Domain, 'store' | 'clock' | 'random' | 'issuer'>) {
    this.#deps = deps
  }

  /**
   * Makes one for whoever holds this session. One commit.
   *
   * @throws AuthError `scope_invalid`, `access_denied` for a role or a scope beyond the session's.
   */
  create(access: Access, request: PersonalTokenRequest, circumstances: Circumstances): Promise<PersonalToken> {
    if (request.role !== undefined && lowerRole(request.role, access.role) !== request.role) {
      throw new AuthError('access_denied')
    }
    const wider = (name: string) => defaultScope.includes(name) && !access.scope.includes(name)
    if (request.scope?.split(' ').some(wider)) throw new AuthError('access_denied')
    const bounds = { role: request.role ?? access.role, scope: access.scope, epoch: access.subject.personalEpoch }
    const on = conditionOn(undefined, access.authorization, this.#deps)
    return this.#store(access.authorization.subject.id, bounds, on, request, circumstances)
  }

  /** Makes one for a person who has just logged in. */
  createFor(user: User, request: PersonalTokenRequest, circumstances: Circumstances): Promise<PersonalToken> {
    const bounds = { role: user.role, scope: ['read', 'write'], epoch: user.personalEpoch }
    return this.#store(user.id, bounds, conditionOn(user, undefined, this.#deps), request, circumstances)
  }

  async #store(
    userId: string,
    bounds: { readonly role: Role; readonly scope: readonly string[]; readonly epoch: number },
    on: WriteCondition,
    request: PersonalTokenRequest,
    circumstances: Circumstances,
  ): Promise<PersonalToken> {
    const { clock, random, store, issuer } = this.#deps
    const now = clock.now()
    const token = newSecret('pat', random)
    const authorization = newAuthorization(
      {
        kind: 'personal',
        subject: { kind: 'user', id: userId },
        clientId: request.dialect === 'native' ? 'countersign' : request.dialect,
        dialect: request.dialect,
        roleCeiling: bounds.role,
        scope: narrowScope(request.scope, bounds.scope),
        audience: [issuer],
        epoch: bounds.epoch,
        accessForm: 'opaque',
        accessLifetimeSeconds: request.lifetimeSeconds ?? 0,
        createdAt: now,
        expiresAt: request.lifetimeSeconds === undefined ? undefined : now + request.lifetimeSeconds,
        secretDigest: digest(token.reveal()),
        mask: maskSecret(token.reveal()),
        label: request.label,
      },
      this.#deps,
    )
    const event = auditEvent(
      { action: 'authorization_created', actor: authorization.subject, ...about(authorization) },
      circumstances,
      this.#deps,
    )
    written(await store.authorizations.createOn(on, authorization, event))
    return { authorization, token }
  }
}
