/*
 * Administration: what managers, the owner, the command line and the server's start-up do to users, clients, keys, settings
 * and the audit trail. It knows every other folder of the domain. It must not know HTTP, commands or SQL.
 */
import { requireAcceptablePassword } from '../authentication/password-rules.ts'
import { suffices } from '../authentication/required-factors.ts'
import type { Domain } from '../domain/domain.ts'
import { conditionOn, decidedAnew, type ProvenUser, written } from '../domain/proof.ts'
import type { AuditAction, AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import { atLeast, type Role } from '../model/principals/role.ts'
import type { Factor, User } from '../model/principals/user.ts'
import { canonicalPrefix, canonicalUsername, requireUsername } from '../model/username.ts'
import type { Unmet } from '../ports/store/condition.ts'
import type { NewPassword, UserChange, UserPage } from '../ports/store/users.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import { type UnlockTerms, unlockingOf } from '../throttle/unlocking.ts'
import type { TotpEnrolment } from '../totp/enrolment.ts'
import { factorsIn, type NewCredentials, type ResetUser, requiredAfter } from './new-credentials.ts'
import { type NewUser, newUser } from './new-user.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random' | 'hasher' | 'isCommonPassword' | 'issuer' | 'policy'> & {
  readonly totp: TotpEnrolment
}

/** What is changed about a user; what is absent stays. */
export interface ChangesOfUser {
  readonly id: string
  readonly role?: Exclude<Role, 'owner'> | undefined
  readonly disabled?: boolean | undefined
  readonly requiredFactors?: readonly Factor[] | undefined
}

/** Users, as an administrator manages them. Every change works at once, for every token that they hold. */
export class Users {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** @throws AuthError `not_found`. */
  async get(id: string): Promise<User> {
    return required(await this.find(id))
  }

  /** By any spelling of the name. @throws AuthError `not_found`, `username_invalid`. */
  async getByName(username: string): Promise<User> {
    return required(await this.#deps.store.users.findByName(requireUsername(username).canonicalName))
  }

  find(id: string): Promise<User | undefined> {
    return this.#deps.store.users.find(id)
  }

  /** By any spelling of the name. The work is the same for names that cannot exist (I9). */
  findByName(username: string): Promise<User | undefined> {
    return this.#deps.store.users.findByName(canonicalUsername(username) ?? '')
  }

  findOwner(): Promise<User | undefined> {
    return this.#deps.store.users.findOwner()
  }

  /** In the order of creation. */
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<UserPage> {
    return this.#deps.store.users.list(page)
  }

  /** Those whose name begins with a text, by any spelling of it, in the order of their names. */
  search({
    beginning,
    ...page
  }: {
    readonly beginning: string
    readonly limit: number
    readonly after?: string | undefined
  }): Promise<UserPage> {
    return this.#deps.store.users.search({ prefix: canonicalPrefix(beginning), ...page })
  }

  /**
   * Creates a user, together with a first TOTP secret where a code is a required factor. One commit. The name counts as taken
   * if another user has it, or one that looks like it (UTS #39).
   *
   * @returns The secret besides, for showing it once.
   * @throws AuthError `username_invalid`, `username_taken`, `owner_exists`, `password_unacceptable`; `factors_insufficient` if
   * the policy demands more of the role; `token_invalid` if the caller's Authorization has ended.
   */
  async create(given: NewUser, by: Caller): Promise<{ readonly user: User; readonly secret: Uint8Array | undefined }> {
    const name = requireUsername(given.username)
    if (!given.enrolsLater && !suffices(given.requiredFactors, given.role, this.#deps.policy)) {
      throw new AuthError('factors_insufficient')
    }
    const standsAlone = this.#requireAcceptable(given.password, given)
    const hash = await this.#hash(given.password, by)
    const user = newUser(given, name, hash === undefined ? undefined : { hash, standsAlone }, this.#deps)
    const hasSecret = given.requiredFactors.includes('totp') && !given.secretLater
    const made = hasSecret ? this.#deps.totp.newSecret(user.id) : undefined
    const event = this.#event('user_created', user.id, by, { role: user.role })
    const options = { secret: made?.enrolment, on: conditionOn(undefined, by, this.#deps) }
    const outcome = written(await this.#deps.store.users.create(user, event, options))
    if (outcome !== 'created') throw new AuthError(outcome)
    return { user, secret: made?.secret }
  }

  /**
   * Changes a user: all that is given in one commit, or nothing.
   *
   * @throws AuthError `not_found`, `owner_protected`; `own_account` for one's own factors, and for disabling or enabling
   * oneself; `factor_missing` if the user would have to show a factor that they do not have; `password_unacceptable` if the
   * password would be the only factor and is too short for that; `factors_insufficient` if the policy demands more of the role,
   * or of a higher one.
   */
  async change({ id, ...changes }: ChangesOfUser, by: Caller): Promise<void> {
    if (changes.requiredFactors) refuseOneself(id, by, 'PUT /v1/me/required-factors')
    if (changes.disabled !== undefined) refuseOneself(id, by)
    await decidedAnew(async () => {
      const user = await this.get(id)
      this.#requireEnough(user, changes.role, changes.requiredFactors)
      if (changes.requiredFactors) await this.#requireOwned(changes.requiredFactors, user)
      const on = conditionOn(user, by, this.#deps)
      const at = this.#deps.clock.now()
      const events = this.#changeEvents({ id, ...changes }, by)
      return refuseUnmet(await this.#deps.store.users.change(id, { ...changes, at }, on, events))
    })
  }

  /** @throws AuthError `not_found`, `owner_protected`. */
  async remove(id: string, by: Caller): Promise<void> {
    const on = conditionOn(undefined, by, this.#deps)
    refuseUnmet(written(await this.#deps.store.users.remove(id, this.#event('user_deleted', id, by), on)))
  }

  /**
   * Sets a new password, a new TOTP secret, or both. In the same commit every session of the user ends, recovery codes and a
   * pending secret are void. Personal tokens live on.
   *
   * What is set anew is required at login from then on. A new password for a user with a code alone takes the code's place.
   *
   * @throws AuthError `not_found`, `own_account`, `password_unacceptable`, `overloaded`.
   */
  async reset({ id, ...given }: NewCredentials & { readonly id: string }, by: Caller): Promise<ResetUser> {
    const { store, clock, totp } = this.#deps
    refuseOneself(id, by, given.password === undefined ? 'POST /v1/me/totp' : 'PUT /v1/me/password')
    const judged = (user: User) => {
      const requiredFactors = requiredAfter(user, given)
      const { username } = user
      return { requiredFactors, standsAlone: this.#requireAcceptable(given.password, { username, requiredFactors }) }
    }
    // Verified before anything is hashed, and again with each decision: what is required may change meanwhile.
    judged(await this.get(id))
    const hash = await this.#hash(given.password, by)
    return decidedAnew(async () => {
      const user = await this.get(id)
      const { requiredFactors, standsAlone } = judged(user)
      const made = given.totp ? totp.newSecret(id) : undefined
      const mustChangeSince = given.mustChange ? clock.now() : undefined
      const password = hash === undefined ? undefined : { hash, standsAlone, mustChangeSince }
      // A secret that was set up with the old password alone may be a thief's.
      const secret = made?.enrolment ?? (requiredFactors.includes('totp') ? 'kept' : 'none')
      const detail = {
        ...(password ? { password: true } : {}),
        ...(made ? { secret: true } : {}),
        required: requiredFactors.join('+'),
      }
      const event = this.#event(password ? 'password_changed' : 'factors_changed', id, by, detail)
      const on = conditionOn(user, by, this.#deps)
      const outcome = await store.users.reset({ userId: id, password, secret, requiredFactors }, on, event)
      if (outcome !== 'changed') return outcome
      const renewed = factorsIn(given)
      const alsoRequired = requiredFactors.filter((factor) => !renewed.includes(factor))
      return { user, secret: made?.secret, renewed, alsoRequired }
    })
  }

  /**
   * The TOTP secret again, for showing it to an administrator: only while no code has confirmed it (all-D5).
   *
   * @returns `undefined` if there is none, or it is confirmed.
   * @throws AuthError `not_found`.
   */
  async showSecret(id: string, by: Caller): Promise<Uint8Array | undefined> {
    const { totp } = this.#deps
    const user = await this.get(id)
    return (await totp.state(user.id)) === 'unconfirmed' ? totp.setUp(user.id, by) : undefined
  }

  /**
   * Forgets the wrong guesses at a user's secrets, from every address; the limit of an address stays. It lifts the hard cap of
   * codes too (S10), so that the command line can always unlock the owner (N-012). One commit.
   *
   * No user may unlock themselves: otherwise a stolen session of the owner permits unlimited guesses at the owner's secrets.
   *
   * @throws AuthError `not_found`; `own_account`; `token_invalid` if the caller's Authorization has ended.
   */
  async unlock({ user, ...terms }: UnlockTerms & { readonly user: User }, by: Caller): Promise<void> {
    refuseOneself(user.id, by)
    const { knownAddress, suspendedSeconds } = terms
    const detail =
      knownAddress === undefined
        ? suspendedSeconds === undefined
          ? undefined
          : { suspendedSeconds }
        : { known: addressPrefix(knownAddress) }
    const event = this.#event('account_unlocked', user.id, by, detail)
    const unlocking = unlockingOf(user, terms, this.#deps.clock.latest())
    written(await this.#deps.store.counters.unlock(unlocking, event, conditionOn(undefined, by, this.#deps)))
  }

  /**
   * Makes another user the owner; the owner becomes a manager, at once (N-145).
   *
   * @param input `proof`: of the owner, from `StepUp.require`.
   * @throws AuthError `owner_protected` for a transfer to oneself, `not_found`, `user_disabled`; `factors_insufficient` if the
   * policy demands more of an owner; `access_denied` if the caller is not the owner any more.
   */
  async transferOwnership(
    { to, proof }: { readonly to: string; readonly proof: ProvenUser },
    by: Caller,
  ): Promise<void> {
    const successor = await this.get(to)
    if (successor.id === proof.user.id) throw new AuthError('owner_protected')
    if (successor.disabledAt !== undefined) throw new AuthError('user_disabled')
    this.#requireEnough(successor, 'owner')
    const event = this.#event('ownership_transferred', to, by)
    const outcome = written(await this.#deps.store.users.transferOwnership(proof.user.id, to, proof.on, event))
    if (outcome === 'conflict') throw new AuthError('access_denied')
  }

  #changeEvents({ id, role, disabled, requiredFactors }: ChangesOfUser, by: Caller): AuditEvent[] {
    const required = requiredFactors?.join('+')
    return [
      ...(role === undefined ? [] : [this.#event('user_changed', id, by, { role })]),
      ...(disabled === undefined ? [] : [this.#event('user_changed', id, by, { disabled })]),
      ...(required === undefined ? [] : [this.#event('factors_changed', id, by, { required })]),
    ]
  }

  /** A lower role is never refused: otherwise the user would keep the higher one. */
  #requireEnough(user: User, role: Role = user.role, requiredFactors?: readonly Factor[]): void {
    const isDecided = requiredFactors !== undefined || !atLeast(user.role, role)
    const factors = requiredFactors ?? user.requiredFactors
    if (isDecided && !suffices(factors, role, this.#deps.policy)) throw new AuthError('factors_insufficient')
  }

  /** A factor that the user does not have, or has not confirmed, cannot be required: the user could never log in again. */
  async #requireOwned(factors: readonly Factor[], user: User): Promise<void> {
    const lacksPassword = factors.includes('password') && user.passwordHash === undefined
    const lacksCode = factors.includes('totp') && (await this.#deps.totp.state(user.id)) !== 'confirmed'
    if (lacksPassword || lacksCode) throw new AuthError('factor_missing')
    if (factors.includes('password') && !factors.includes('totp') && user.passwordStandsAlone !== true) {
      throw new AuthError('password_unacceptable', { reason: 'too_short' })
    }
  }

  /** @returns Whether the password may be the only factor, too. */
  #requireAcceptable(password: string | undefined, user: Pick<User, 'username' | 'requiredFactors'>): boolean {
    return password !== undefined && requireAcceptablePassword(password, user, this.#deps)
  }

  /** The hasher reserves places for an administrator (`PasswordHasher`). */
  async #hash(password: string | undefined, { subject, context }: Caller): Promise<NewPassword['hash'] | undefined> {
    if (password === undefined) return undefined
    return this.#deps.hasher.hash(password, context.signal, subject?.id ?? 'administrator')
  }

  #event(action: AuditAction, id: string, by: Caller, detail?: AuditEvent['detail']): AuditEvent {
    return auditEvent({ action, subject: { kind: 'user', id }, detail }, by, this.#deps)
  }
}

/** Users change their own account at `/v1/me`, with proof, and not by the operations for administrators. */
function refuseOneself(id: string, { subject }: Pick<Caller, 'subject'>, operation?: string): void {
  if (subject?.kind !== 'user' || subject.id !== id) return
  const detail = operation && `This is your own account: use ${operation}, which requires the factors of a login.`
  throw new AuthError('own_account', { detail })
}

function required(user: User | undefined): User {
  if (!user) throw new AuthError('not_found')
  return user
}

function refuseUnmet<T extends UserChange | Unmet>(change: T): Exclude<T, 'unknown' | 'protected'> {
  if (change === 'unknown') throw new AuthError('not_found')
  if (change === 'protected') throw new AuthError('owner_protected')
  return change as Exclude<T, 'unknown' | 'protected'>
}
