import { requireAcceptablePassword } from '../authentication/password-rules.ts'
import { suffices } from '../authentication/required-factors.ts'
import type { Domain } from '../domain/domain.ts'
import { conditionOn, decidedAnew, type ProvenUser, written } from '../domain/proof.ts'
import type { AuditAction, AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { AuthError } from '../model/errors.ts'
import { atLeast, type Role } from '../model/principals/role.ts'
import type { Subject } from '../model/principals/subject.ts'
import type { Factor, User } from '../model/principals/user.ts'
import type { RequestContext } from '../model/request-context.ts'
import type { Unmet } from '../ports/store/condition.ts'
import type { UserChange } from '../ports/store/users.ts'
import type { TotpEnrolment } from '../totp/enrolment.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'hasher' | 'isCommonPassword' | 'issuer' | 'policy'> & {
  readonly totp: TotpEnrolment
}

/** An administrator is no stranger to the hasher (`PasswordHasher`). */
export const claimOf = (actor: Subject | undefined): string => actor?.id ?? 'administrator'

/** Who changes a person, and from where. */
export interface Administrator {
  readonly actor: Subject | undefined
  readonly circumstances: RequestContext
  /** The Authorization that asks: it must be active in the commit of the change. Default is none: the command line. */
  readonly asking?: Pick<Authorization, 'id'> | undefined
}

/** What the owner changes about somebody; what is absent stays. */
export interface PersonChanges {
  readonly role?: Exclude<Role, 'owner'> | undefined
  readonly disabled?: boolean | undefined
  readonly requiredFactors?: readonly Factor[] | undefined
}

/** What is set anew for somebody. At least one of the two. */
export interface NewCredentials {
  readonly password?: string | undefined
  /** A new TOTP secret. Default is false. */
  readonly totp?: boolean | undefined
  /** Whether the person must change the password before anything else. Default is false. */
  readonly mustChange?: boolean | undefined
}

/** A person with new credentials. */
export interface ResetPerson {
  readonly user: User
  /** For showing it once; `undefined` where none was asked for. */
  readonly secret: Uint8Array | undefined
  readonly requiredFactors: readonly Factor[]
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

  /**
   * Changes a person: all that is given in one commit, or nothing.
   *
   * @throws AuthError `not_found`, `owner_protected`; `own_account` for one's own factors, and for disabling or enabling
   * oneself;
   * `factor_missing` if they would have to show what they do not have, `password_unacceptable` if their password would be the
   * only factor and is too short for that; `factors_insufficient` if the policy demands more of their role, or of a higher one.
   */
  async change(id: string, changes: PersonChanges, by: Administrator): Promise<void> {
    if (changes.requiredFactors) refuseOneself(id, by, 'PUT /v1/me/required-factors')
    if (changes.disabled !== undefined) refuseOneself(id, by)
    await decidedAnew(async () => {
      const user = await this.get(id)
      this.#requireEnough(user, changes.role, changes.requiredFactors)
      if (changes.requiredFactors) await this.#requireOwned(changes.requiredFactors, user)
      const on = conditionOn(user, by.asking, this.#deps)
      const at = this.#deps.clock.now()
      return refuseUnmet(
        await this.#deps.store.users.change(id, { ...changes, at }, on, this.#changeEvents(id, changes, by)),
      )
    })
  }

  #changeEvents(id: string, { role, disabled, requiredFactors }: PersonChanges, by: Administrator): AuditEvent[] {
    return [
      ...(role === undefined ? [] : [this.#event('user_changed', id, by, { role })]),
      ...(disabled === undefined ? [] : [this.#event('user_changed', id, by, { disabled })]),
      ...(requiredFactors === undefined
        ? []
        : [this.#event('factors_changed', id, by, { required: requiredFactors.join('+') })]),
    ]
  }

  /** A lower role is never refused: that would keep somebody where they are dangerous. */
  #requireEnough(user: User, role: Role = user.role, requiredFactors?: readonly Factor[]): void {
    const isDecided = requiredFactors !== undefined || !atLeast(user.role, role)
    const factors = requiredFactors ?? user.requiredFactors
    if (isDecided && !suffices(factors, role, this.#deps.policy)) throw new AuthError('factors_insufficient')
  }

  /** Nobody can be asked for what they do not have, or have not shown to have: they could never log in again. */
  async #requireOwned(factors: readonly Factor[], user: User): Promise<void> {
    const lacksPassword = factors.includes('password') && user.passwordHash === undefined
    const lacksCode = factors.includes('totp') && (await this.#deps.totp.state(user.id)) !== 'confirmed'
    if (lacksPassword || lacksCode) throw new AuthError('factor_missing')
    if (factors.includes('password') && !factors.includes('totp') && user.passwordStandsAlone !== true) {
      throw new AuthError('password_unacceptable', { reason: 'too_short' })
    }
  }

  /** @throws AuthError `not_found`, `owner_protected`. */
  async remove(id: string, by: Administrator): Promise<void> {
    const on = conditionOn(undefined, by.asking, this.#deps)
    refuseUnmet(written(await this.#deps.store.users.remove(id, this.#event('user_deleted', id, by), on)))
  }

  /**
   * Ends every session. `personal`: personal tokens too, and with them the recovery codes and a pending TOTP secret. One row
   * is written for all tokens.
   *
   * @throws AuthError `not_found`.
   */
  async revokeAll(id: string, options: { readonly personal: boolean }, by: Administrator): Promise<void> {
    const event = this.#event('authorizations_revoked', id, by, { personal: options.personal })
    const on = conditionOn(undefined, by.asking, this.#deps)
    if (written(await this.#deps.store.users.revokeAll(id, options, event, on)) === 'unknown') {
      throw new AuthError('not_found')
    }
  }

  /** Ends every session of the person but the one that asks. Personal tokens live on. One row is written. */
  async endOtherSessions(session: Authorization, circumstances: RequestContext): Promise<void> {
    const { subject, id } = session
    const event = this.#event('authorizations_revoked', subject.id, { actor: subject, circumstances }, { others: true })
    const on = conditionOn(undefined, session, this.#deps)
    written(await this.#deps.store.users.endOtherSessions({ userId: subject.id, keep: id }, on, event))
  }

  /**
   * Ends every session of every person but the one that asks. Personal tokens and what clients hold live on. One commit.
   *
   * @param proof The owner, who has shown anew how they log in.
   */
  async endEverybodysSessions(session: Authorization, proof: ProvenUser, circumstances: RequestContext): Promise<void> {
    const { subject, id } = session
    const detail = { everybody: true }
    const event = auditEvent({ action: 'authorizations_revoked', actor: subject, detail }, circumstances, this.#deps)
    const kept = { userId: subject.id, keep: id }
    written(await this.#deps.store.users.endEverybodysSessions(kept, proof.on, event))
  }

  /**
   * Gives a person a new password, a new TOTP secret, or both, by an administrator's word. In the same commit every session
   * ends, and so does what may have been set up for coming back: recovery codes, a pending secret. Personal tokens live on.
   *
   * Who did not have to show what is set anew has to from now on: a password for somebody who logged in by a code alone takes
   * the code's place, and both together are both required.
   *
   * @throws AuthError `not_found`, `own_account`, `password_unacceptable`, `overloaded`.
   */
  async reset(id: string, given: NewCredentials, by: Administrator): Promise<ResetPerson> {
    const { store, clock, hasher, totp } = this.#deps
    refuseOneself(id, by, given.password === undefined ? 'POST /v1/me/totp' : 'PUT /v1/me/password')
    // Judged before anything is hashed, and again with each decision: what is required may change meanwhile.
    this.#requireAcceptable(given.password, await this.get(id), given)
    const hash =
      given.password === undefined
        ? undefined
        : await hasher.hash(given.password, by.circumstances.signal, claimOf(by.actor))
    return decidedAnew(async () => {
      const user = await this.get(id)
      const requiredFactors = requiredAfter(user, given)
      const standsAlone = this.#requireAcceptable(given.password, user, given)
      const made = given.totp ? totp.newSecret(id) : undefined
      const mustChangeSince = given.mustChange ? clock.now() : undefined
      const password = hash === undefined ? undefined : { hash, standsAlone, mustChangeSince }
      // A secret that nothing beside the old password vouched for may be anybody's.
      const secret = made?.enrolment ?? (requiredFactors.includes('totp') ? 'kept' : 'none')
      const detail = {
        ...(password ? { password: true } : {}),
        ...(made ? { secret: true } : {}),
        required: requiredFactors.join('+'),
      }
      const event = this.#event(password ? 'password_changed' : 'factors_changed', id, by, detail)
      const on = conditionOn(user, by.asking, this.#deps)
      const outcome = await store.users.reset({ userId: id, password, secret, requiredFactors }, on, event)
      return outcome === 'changed' ? { user, secret: made?.secret, requiredFactors } : outcome
    })
  }

  /** @returns Whether it would do as the only factor, too. */
  #requireAcceptable(password: string | undefined, user: User, given: NewCredentials): boolean {
    if (password === undefined) return false
    const requiredFactors = requiredAfter(user, given)
    return requireAcceptablePassword(password, { username: user.username, requiredFactors }, this.#deps)
  }

  /**
   * Makes another person the owner; the owner becomes a manager, at once (N-145).
   *
   * @param proof The owner, who has shown anew how they log in.
   * @throws AuthError `owner_protected` for a transfer to oneself, `not_found`, `user_disabled`; `factors_insufficient` if the
   * policy demands more of an owner; `access_denied` if the actor is not the owner any more.
   */
  async transferOwnership(to: string, proof: ProvenUser, circumstances: RequestContext): Promise<void> {
    const successor = await this.get(to)
    const owner = { kind: 'user', id: proof.user.id } as const
    if (successor.id === owner.id) throw new AuthError('owner_protected')
    if (successor.disabledAt !== undefined) throw new AuthError('user_disabled')
    this.#requireEnough(successor, 'owner')
    const event = this.#event('ownership_transferred', to, { actor: owner, circumstances })
    const outcome = written(await this.#deps.store.users.transferOwnership(owner.id, to, proof.on, event))
    if (outcome === 'conflict') throw new AuthError('access_denied')
  }

  #event(action: AuditAction, id: string, by: Administrator, detail?: AuditEvent['detail']): AuditEvent {
    return auditEvent({ action, actor: by.actor, subject: { kind: 'user', id }, detail }, by.circumstances, this.#deps)
  }
}

/** What an administrator could do to others, everybody does to themselves at `/v1/me`, with proof. */
export function refuseOneself(id: string, { actor }: Pick<Administrator, 'actor'>, operation?: string): void {
  if (actor?.kind !== 'user' || actor.id !== id) return
  const detail = operation && `This is your own account: use ${operation}, which asks you to show how you log in.`
  throw new AuthError('own_account', { detail })
}

/** What must be shown after a reset: never less than before, and all that was set anew. */
function requiredAfter(user: User, given: NewCredentials): readonly Factor[] {
  const set: readonly Factor[] = [
    ...(given.password === undefined ? [] : (['password'] as const)),
    ...(given.totp ? (['totp'] as const) : []),
  ]
  const alone = given.password === undefined
  if (alone || set.every((factor) => user.requiredFactors.includes(factor))) return user.requiredFactors
  return set
}

function refuseUnmet<T extends UserChange | Unmet>(change: T): Exclude<T, 'unknown' | 'protected'> {
  if (change === 'unknown') throw new AuthError('not_found')
  if (change === 'protected') throw new AuthError('owner_protected')
  return change as Exclude<T, 'unknown' | 'protected'>
}
