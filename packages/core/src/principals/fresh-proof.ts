import { auditEvent } from '../audit-event.ts'
import type { Authorization } from '../authorization/authorization.ts'
import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { TotpEnrolment } from '../totp/enrolment.ts'
import { type FactorCheck, isShown, type ShownSecrets } from './factor-check.ts'
import { requireAcceptablePassword } from './password-rules.ts'
import type { Factor, User } from './user.ts'
import { guessedAccount } from './username.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'isCommonPassword' | 'issuer'> & {
  readonly factors: FactorCheck
  readonly totp: TotpEnrolment
}

/**
 * Authentication anew, for what a stolen session must not be enough for: whatever decides how the person gets in next time.
 * A wrong answer counts as a guess like any other (N-029).
 */
export class FreshProof {
  readonly #deps: Deps
  readonly #throttle: Throttle

  constructor(deps: Deps, throttle: Throttle) {
    this.#deps = deps
    this.#throttle = throttle
  }

  /**
   * All that a login asks of the person must be shown: a session that was opened with less, or before more was required,
   * decides nothing. All that is shown must be right.
   *
   * @throws AuthError `credentials_invalid`, `throttled`, `overloaded`; `token_invalid` if the person is gone.
   */
  async require(userId: string, shown: ShownSecrets, circumstances: Circumstances): Promise<User> {
    const user = await this.#find(userId)
    const isWhole = user.requiredFactors.every((factor) => isShown(factor, shown))
    // Less than the whole proves nothing, as at login: it is judged as nobody's, so that no code is spent.
    const proven = await this.#throttle.guess(guessedAccount(user.username), circumstances, () =>
      this.#deps.factors.judge(isWhole ? user : undefined, shown, circumstances),
    )
    if (!proven) throw new AuthError('credentials_invalid')
    return user
  }

  /**
   * A first code of the secret that was set up last.
   *
   * @throws AuthError `credentials_invalid` (also where there is nothing to confirm), `throttled`.
   */
  async confirmTotp(userId: string, code: string, circumstances: Circumstances): Promise<void> {
    const user = await this.#find(userId)
    const confirmed = await this.#throttle.guess(guessedAccount(user.username), circumstances, async () =>
      (await this.#deps.totp.confirm(user.id, code, circumstances)) ? user : undefined,
    )
    if (!confirmed) throw new AuthError('credentials_invalid')
  }

  /**
   * Changes what must be shown at login. All that is to be required and all that is required now must be shown: nobody
   * locks themselves out, and a stolen session lowers no bar. Every other session ends: it may have been opened with less.
   *
   * @param session The Authorization that asks; it lives on.
   * @throws AuthError `credentials_invalid`, `throttled`, `overloaded`; `password_unacceptable` if the password is good
   * only beside a code.
   */
  async chooseFactors(
    session: Authorization,
    required: readonly Factor[],
    shown: ShownSecrets,
    circumstances: Circumstances,
  ): Promise<void> {
    const { store } = this.#deps
    if (!required.every((factor) => isShown(factor, shown))) throw new AuthError('credentials_invalid')
    const user = await this.require(session.subject.id, shown, circumstances)
    // Only where the bar is lowered: a password of before, which would be refused today, keeps nobody from requiring a code.
    if (user.requiredFactors.includes('totp') && !required.includes('totp')) {
      requireAcceptablePassword(
        shown.password ?? '',
        { username: user.username, requiredFactors: required },
        this.#deps,
      )
    }
    const subject = { kind: 'user', id: user.id } as const
    const event = auditEvent(
      { action: 'factors_changed', actor: subject, subject, detail: { required: required.join('+') } },
      circumstances,
      this.#deps,
    )
    const choice = { userId: user.id, from: user.requiredFactors, to: required, keep: session.id }
    const outcome = await store.users.chooseRequiredFactors(choice, event)
    // Somebody chose otherwise meanwhile: what was shown was judged by what is no longer required.
    if (outcome === 'unchanged') throw new AuthError('credentials_invalid')
  }

  async #find(userId: string): Promise<User> {
    const user = await this.#deps.store.users.find(userId)
    if (!user) throw new AuthError('token_invalid')
    return user
  }
}
