import { auditEvent } from '../audit-event.ts'
import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { AuditAction, AuditEvent } from '../ports/audit.ts'
import type { UserChange } from '../ports/users.ts'
import { requireAcceptablePassword } from '../principals/password-rules.ts'
import type { Role } from '../principals/role.ts'
import { type Subject, sameSubject } from '../principals/subject.ts'
import type { Factor, User } from '../principals/user.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'hasher' | 'isCommonPassword'>

/** Who changes a person, and from where. */
export interface Administrator {
  readonly actor: Subject | undefined
  readonly circumstances: Circumstances
}

/** What the owner does to other people. Every change works at once, for every token that they hold. */
export class People {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** @throws AuthError `not_found`. */
  async get(id: string): Promise<User> {
    const user = await this.#deps.store.users.find(id)
    if (!user) throw new AuthError('not_found')
    return user
  }

  /** @throws AuthError `not_found`, `owner_protected`. */
  async changeRole(id: string, role: Exclude<Role, 'owner'>, by: Administrator): Promise<void> {
    settle(await this.#deps.store.users.changeRole(id, role, this.#event('user_changed', id, by, { role })))
  }

  /** @throws AuthError `not_found`. */
  async changeRequiredFactors(id: string, factors: readonly Factor[], by: Administrator): Promise<void> {
    const event = this.#event('factors_changed', id, by, { required: factors.join('+') })
    settle(await this.#deps.store.users.changeRequiredFactors(id, factors, event))
  }

  /** @throws AuthError `not_found`, `owner_protected`. */
  async disable(id: string, by: Administrator): Promise<void> {
    const event = this.#event('user_changed', id, by, { disabled: true })
    settle(await this.#deps.store.users.disable(id, this.#deps.clock.now(), event))
  }

  /** @throws AuthError `not_found`. */
  async enable(id: string, by: Administrator): Promise<void> {
    settle(await this.#deps.store.users.enable(id, this.#event('user_changed', id, by, { disabled: false })))
  }

  /** @throws AuthError `not_found`, `owner_protected`. */
  async remove(id: string, by: Administrator): Promise<void> {
    settle(await this.#deps.store.users.remove(id, this.#event('user_deleted', id, by)))
  }

  /** One row written, however many tokens. @throws AuthError `not_found`. */
  async revokeAll(id: string, options: { readonly personal: boolean }, by: Administrator): Promise<void> {
    const event = this.#event('authorizations_revoked', id, by, { personal: options.personal })
    const outcome = await this.#deps.store.users.revokeAll(id, options, event)
    if (outcome === 'unknown') throw new AuthError('not_found')
  }

  /** A new password by an administrator's word; every session ends. @throws AuthError `not_found`, `password_unacceptable`. */
  async resetPassword(id: string, password: string, by: Administrator): Promise<void> {
    const user = await this.get(id)
    requireAcceptablePassword(password, user, this.#deps)
    const hash = await this.#deps.hasher.hash(password, undefined, by.actor?.id ?? 'administrator')
    const outcome = await this.#deps.store.users.resetPassword(id, hash, this.#event('password_changed', id, by))
    if (outcome === 'unknown') throw new AuthError('not_found')
  }

  /**
   * Makes another person the owner; the owner becomes a manager, at once (N-145).
   *
   * @throws AuthError `request to oneself` as `owner_protected`, `not_found`, `user_disabled`, `access_denied` if the actor is not the owner any more.
   */
  async transferOwnership(to: string, owner: Subject, circumstances: Circumstances): Promise<void> {
    const heir = await this.get(to)
    if (sameSubject(owner, { kind: 'user', id: heir.id })) throw new AuthError('owner_protected')
    if (heir.disabledAt !== undefined) throw new AuthError('user_disabled')
    const event = this.#event('ownership_transferred', to, { actor: owner, circumstances })
    const outcome = await this.#deps.store.users.transferOwnership(owner.id, to, event)
    if (outcome === 'conflict') throw new AuthError('access_denied')
  }

  #event(action: AuditAction, id: string, by: Administrator, detail?: AuditEvent['detail']): AuditEvent {
    return auditEvent({ action, actor: by.actor, subject: { kind: 'user', id }, detail }, by.circumstances, this.#deps)
  }
}

function settle(change: UserChange): void {
  if (change === 'unknown') throw new AuthError('not_found')
  if (change === 'protected') throw new AuthError('owner_protected')
}
