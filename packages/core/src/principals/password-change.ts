import { auditEvent } from '../audit-event.ts'
import type { Authorization } from '../authorization/authorization.ts'
import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { type FactorCheck, isShown } from './factor-check.ts'
import { requireAcceptablePassword } from './password-rules.ts'
import { isOverlong } from './passwords.ts'
import type { User } from './user.ts'
import { guessedAccount } from './username.ts'

type Deps = Pick<Domain, 'store' | 'hasher' | 'clock' | 'isCommonPassword' | 'issuer'> & {
  readonly factors: FactorCheck
}

/** What is shown for a change of one's own password. */
export interface ShownForPasswordChange {
  readonly current: string
  readonly next: string
  /** A code of the authenticator. Needed, or a recovery code, where a code is required at login. */
  readonly code?: string | undefined
  readonly recoveryCode?: string | undefined
}

/** Changing one's own password: authentication anew, then every other session ends (personal tokens stay). */
export class PasswordChange {
  readonly #deps: Deps
  readonly #throttle: Throttle

  constructor(deps: Deps, throttle: Throttle) {
    this.#deps = deps
    this.#throttle = throttle
  }

  /**
   * Two hashes, three commits, one more where a code is shown. All that a login asks of the person must be shown. A wrong
   * current password or code counts as a guess like any other (N-029).
   *
   * @param session The Authorization that asks; it alone lives on.
   * @throws AuthError `credentials_invalid`, `password_unacceptable`, `throttled`, `overloaded`.
   */
  async change(session: Authorization, shown: ShownForPasswordChange, circumstances: Circumstances): Promise<void> {
    const { store, hasher } = this.#deps
    const user = await store.users.find(session.subject.id)
    if (!user) throw new AuthError('token_invalid')
    // Not a guess: no stored password is that long (N-024).
    if (isOverlong(shown.current)) throw new AuthError('credentials_invalid')
    const verified = await this.#throttle.guess(guessedAccount(user.username), circumstances, () =>
      this.#judge(user, shown, circumstances),
    )
    if (!verified) throw new AuthError('credentials_invalid')
    requireAcceptablePassword(shown.next, user, this.#deps)
    const to = await hasher.hash(shown.next, circumstances.signal)
    await this.#store(user, to, session, circumstances)
  }

  /** Half a proof spends no code and matches no password; the work is the same. */
  async #judge(
    user: User,
    { current: password, code, recoveryCode }: ShownForPasswordChange,
    circumstances: Circumstances,
  ): Promise<User | undefined> {
    const { hasher, factors } = this.#deps
    const isWhole = user.requiredFactors.every((factor) => isShown(factor, { password, code, recoveryCode }))
    // Not by the factors' check: that stores a stronger hash, and the change replaces only the one that was compared.
    const hash = isWhole ? user.passwordHash : undefined
    const { matches } = await hasher.verify(password, hash, circumstances.signal)
    if (!isShown('totp', { code, recoveryCode })) return matches ? user : undefined
    const proven = await factors.judge(matches ? user : undefined, { code, recoveryCode }, circumstances)
    return matches && proven ? user : undefined
  }

  async #store(user: User, to: string, session: Authorization, circumstances: Circumstances): Promise<void> {
    const subject = { kind: 'user', id: user.id } as const
    const event = auditEvent({ action: 'password_changed', actor: subject, subject }, circumstances, this.#deps)
    const change = { userId: user.id, from: user.passwordHash, to, keep: session.id }
    const outcome = await this.#deps.store.users.changePassword(change, event)
    // Somebody changed it meanwhile: the current password that was shown is no longer the current one.
    if (outcome === 'unchanged') throw new AuthError('credentials_invalid')
  }
}
