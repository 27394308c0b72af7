import type { Access } from '../access/access.ts'
import type { Domain } from '../domain/domain.ts'
import { conditionOn, type ProvenUser, written } from '../domain/proof.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { isDelegated } from '../model/authorization/delegation.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import { lowerRole, type Role } from '../model/principals/role.ts'
import type { User } from '../model/principals/user.ts'
import { defaultScope, narrowScope } from '../model/scope.ts'
import type { Cap } from '../ports/store/authorizations.ts'
import type { WriteCondition } from '../ports/store/condition.ts'
import { digest } from '../tokens/digest.ts'
import type { PlainToken } from '../tokens/plain-token.ts'
import { maskSecret, newSecret } from '../tokens/secret-token.ts'
import { firstPartyClientId, nativeSessionPolicy } from './session-policy.ts'
import { type Granted, grantedAtLogin } from './targets.ts'

export interface PersonalTokenRequest {
  readonly label?: string | undefined
  /** In seconds. `unlimited`: until revoked, where a vendor's page promises it. Default is the longest that is permitted. */
  readonly lifetimeSeconds?: number | 'unlimited' | undefined
  /** The API that it is for. Default is the issuer. */
  readonly resource?: string | undefined
  /** At the issuer never more than the creator's own (N-130); that is the default. At an API: of its scopes; default is all that the role permits. */
  readonly scope?: string | undefined
  readonly role?: Role | undefined
  /** `native` or a vendor's name. */
  readonly dialect: string
  /** The built-in client that it is made through. Default is the dialect's. */
  readonly clientId?: string | undefined
  /** How many of the user's tokens through this client are kept, those that were used last. Default is all. */
  readonly kept?: number | undefined
}

/** A token that a session requests. */
export interface NewPersonalToken extends PersonalTokenRequest {
  readonly access: Access
  /** From `StepUp`. */
  readonly proof: ProvenUser
}

export interface PersonalToken {
  readonly authorization: Authorization
  /** Shown this once. */
  readonly token: PlainToken
}

type Deps = Pick<Domain, 'store' | 'clock' | 'random' | 'issuer' | 'policy' | 'usage'>

const isNative = ({ dialect }: PersonalTokenRequest): boolean => dialect === nativeSessionPolicy.dialect

/** Personal API tokens: random, stored as digests, any number per user. */
export class PersonalTokens {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * Creates one for the holder of this session. One commit, in which the session must be active and the user unchanged
   * since the proof.
   *
   * @param proof What the user showed for it: see `StepUp.require` and `StepUp.requireRecent`.
   * @throws AuthError `scope_invalid`; `access_denied` for a role or a scope beyond the session's, and to a session that a
   * client holds; `lifetime_too_long`; `too_many_tokens`; `credentials_invalid` or `token_invalid` if the proof does not count
   * any more.
   */
  create({ access, proof, ...request }: NewPersonalToken, by: Caller): Promise<PersonalToken> {
    const { authorization } = access
    const isNarrower = request.role === undefined || lowerRole(request.role, access.role) === request.role
    if (!isNarrower || isDelegated(authorization, this.#deps.policy)) throw new AuthError('access_denied')
    const isForApi = request.resource !== undefined && request.resource !== this.#deps.issuer
    const wider = (name: string) => defaultScope.includes(name) && !access.scope.includes(name)
    if (!isForApi && request.scope?.split(' ').some(wider)) throw new AuthError('access_denied')
    const bounds = {
      role: request.role ?? access.role,
      scope: access.scope,
      epoch: access.subject.personalEpoch,
      authenticatedAt: authorization.authenticatedAt,
    }
    return this.#store(authorization.subject.id, bounds, proof.on, request, by)
  }

  /** Makes one for a user who has just logged in. */
  createFor({ user, ...request }: PersonalTokenRequest & { readonly user: User }, by: Caller): Promise<PersonalToken> {
    const authenticatedAt = this.#deps.clock.now()
    const bounds = { role: user.role, scope: ['read', 'write'], epoch: user.personalEpoch, authenticatedAt }
    return this.#store(user.id, bounds, conditionOn(user, undefined, this.#deps), request, by)
  }

  async #store(
    userId: string,
    bounds: Bounds,
    on: WriteCondition,
    request: PersonalTokenRequest,
    by: Caller,
  ): Promise<PersonalToken> {
    const { clock, random, store } = this.#deps
    const now = clock.now()
    const lifetimeSeconds = this.#lifetimeOf(request)
    const granted = await this.#grantedTo(request, bounds)
    const token = newSecret('pat', random)
    const authorization = newAuthorization(
      {
        kind: 'personal',
        subject: { kind: 'user', id: userId },
        clientId: request.clientId ?? (isNative(request) ? firstPartyClientId : request.dialect),
        dialect: request.dialect,
        roleCeiling: bounds.role,
        ...granted,
        epoch: bounds.epoch,
        accessForm: 'opaque',
        accessLifetimeSeconds: lifetimeSeconds ?? 0,
        createdAt: now,
        expiresAt: lifetimeSeconds === undefined ? undefined : now + lifetimeSeconds,
        authenticatedAt: bounds.authenticatedAt,
        secretDigest: digest(token.reveal()),
        mask: maskSecret(token.reveal()),
        label: request.label,
      },
      this.#deps,
    )
    const created = { action: 'authorization_created', actor: authorization.subject, ...about(authorization) } as const
    const event = auditEvent(created, by, this.#deps)
    const cap = this.#capOf(request, authorization, by)
    const stored = cap
      ? written(await store.authorizations.createWithin(cap, on, authorization, event))
      : written(await store.authorizations.createOn(on, authorization, event))
    if (stored === 'full') throw new AuthError('too_many_tokens')
    return { authorization, token }
  }

  /**
   * What a login that names the API would be granted: the user has shown all that a login requires.
   *
   * @throws AuthError `target_invalid`, `scope_invalid`; `access_denied` to a session with a narrowed scope, which a token for an API
   * could not keep.
   */
  async #grantedTo({ resource, scope }: PersonalTokenRequest, bounds: Bounds): Promise<Granted> {
    const { issuer } = this.#deps
    if (resource === undefined || resource === issuer) {
      return { scope: narrowScope(scope, bounds.scope), audience: [issuer], apis: [] }
    }
    if (!defaultScope.every((name) => bounds.scope.includes(name))) throw new AuthError('access_denied')
    const { granted } = await grantedAtLogin({ resources: [resource], scope }, bounds.role, this.#deps)
    return granted
  }

  /** Native tokens are limited, and none is replaced. Some vendors' operations keep only the last ones. */
  #capOf(request: PersonalTokenRequest, { subject }: Authorization, by: Caller): Cap | undefined {
    const { policy, clock, usage } = this.#deps
    const detail = { by: 'too many tokens' }
    const event = { action: 'authorization_revoked', actor: subject, subject, detail } as const
    const common = {
      latest: clock.latest(),
      lastUse: (id: string) => usage.lastUse(id)?.at,
      yielded: auditEvent(event, by, this.#deps),
    }
    if (request.kept !== undefined) return { ...common, most: request.kept, among: 'client', yields: 'any' }
    if (!isNative(request)) return undefined
    return { ...common, most: policy.maxPersonalTokens, among: 'dialect', yields: 'none' }
  }

  /** `undefined`: without end. */
  #lifetimeOf({ lifetimeSeconds }: PersonalTokenRequest): number | undefined {
    if (lifetimeSeconds === 'unlimited') return undefined
    const { personalTokenMaxSeconds } = this.#deps.policy
    if (lifetimeSeconds === undefined) return personalTokenMaxSeconds
    if (lifetimeSeconds > personalTokenMaxSeconds) throw new AuthError('lifetime_too_long')
    return lifetimeSeconds
  }
}

/** The most that a token may be, by what it is made with. */
interface Bounds {
  readonly role: Role
  readonly scope: readonly string[]
  readonly epoch: number
  readonly authenticatedAt: number
}
