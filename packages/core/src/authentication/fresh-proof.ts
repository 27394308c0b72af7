import type { Domain } from '../domain/domain.ts'
import { conditionOn, type ProvenUser, written } from '../domain/proof.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { AuthError } from '../model/errors.ts'
import type { Factor, User } from '../model/principals/user.ts'
import type { RequestContext } from '../model/request-context.ts'
import { guessedAccount } from '../model/username.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { PlainToken } from '../tokens/plain-token.ts'
import type { TotpEnrolment } from '../totp/enrolment.ts'
import { renewRecoveryCodes } from '../totp/recovery-codes.ts'
import { type FactorCheck, isCodeAlone, isShown, type ShownSecrets } from './factor-check.ts'
import { requireAcceptablePassword } from './password-rules.ts'
import { requireRecentLogin } from './recent-login.ts'
import { lackingOf, requiredOf, suffices } from './required-factors.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random' | 'policy' | 'isCommonPassword' | 'issuer'> & {
  readonly factors: FactorCheck
  readonly totp: TotpEnrolment
}

/**
 * Authentication anew, for what a stolen session must not be enough for: whatever decides how the person gets in next time.
 * A wrong answer counts as a guess like any other (N-029). Each write depends on the proof and on the session that asks, in
 * one commit.
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
   * @param session The Authorization that asks, a person's.
   * @returns The person, and the condition that a write on this proof carries.
   * @throws AuthError `credentials_invalid`, `throttled`, `overloaded`; `token_invalid` if the person is gone.
   */
  async require(session: Authorization, shown: ShownSecrets, circumstances: RequestContext): Promise<ProvenUser> {
    const user = await this.#find(session)
    const lacking = await lackingOf(user, this.#deps)
    const required = requiredOf(user, this.#deps.policy).filter((factor) => !lacking.includes(factor))
    const isWhole = required.every((factor) => isShown(factor, shown))
    // Less than the whole proves nothing, as at login: it is judged as nobody's, so that no code is spent.
    const proven = await this.#throttle.attempt(
      guessedAccount(user.username),
      circumstances,
      (seen) => this.#deps.factors.check(isWhole ? user : undefined, shown, seen),
      { codeAlone: isCodeAlone(shown), whose: async () => about(session) },
    )
    if (!proven) throw new AuthError('credentials_invalid')
    return { user: proven.user, on: conditionOn(proven.user, session, this.#deps) }
  }

  /**
   * A new TOTP secret, never one that was shown before.
   *
   * @returns The person and the secret, for showing it once.
   * @throws What `require` throws.
   */
  async setUpTotp(session: Authorization, shown: ShownSecrets, circumstances: RequestContext) {
    const { user, on } = await this.require(session, shown, circumstances)
    return { user, secret: await this.#deps.totp.setUpAnew(user.id, session.subject, circumstances, on) }
  }

  /**
   * Ten new recovery codes in place of the old ones.
   *
   * @throws What `require` throws.
   */
  async renewRecoveryCodes(
    session: Authorization,
    shown: ShownSecrets,
    circumstances: RequestContext,
  ): Promise<readonly PlainToken[]> {
    const { user, on } = await this.require(session, shown, circumstances)
    return renewRecoveryCodes(this.#deps, user.id, session.subject, circumstances, on)
  }

  /**
   * A first code of the secret that was set up last.
   *
   * @throws AuthError `credentials_invalid` (also where there is nothing to confirm), `throttled`.
   */
  async confirmTotp(session: Authorization, code: string, circumstances: RequestContext): Promise<void> {
    const user = await this.#find(session)
    const on = conditionOn(undefined, session, this.#deps)
    const confirmed = await this.#throttle.attempt(
      guessedAccount(user.username),
      circumstances,
      async (seen) => ((await this.#deps.totp.confirm(user, code, seen, on)) ? user : undefined),
      { codeAlone: true, whose: async () => about(session) },
    )
    if (!confirmed) throw new AuthError('credentials_invalid')
  }

  /**
   * Changes what must be shown at login. All that is to be required and all that is required now must be shown: nobody
   * locks themselves out, and a stolen session lowers no bar. Every other session ends: it may have been opened with less.
   *
   * @param session The Authorization that asks; it lives on.
   * @throws AuthError `credentials_invalid`, `throttled`, `overloaded`; `password_unacceptable` if the password is good
   * only beside a code; `factors_insufficient` if the policy demands more.
   */
  async chooseFactors(
    session: Authorization,
    required: readonly Factor[],
    shown: ShownSecrets,
    circumstances: RequestContext,
  ): Promise<void> {
    const { store } = this.#deps
    const { role } = await this.#find(session)
    if (!suffices(required, role, this.#deps.policy)) throw new AuthError('factors_insufficient')
    if (!required.every((factor) => isShown(factor, shown))) throw new AuthError('credentials_invalid')
    const { user, on } = await this.require(session, shown, circumstances)
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
    const choice = { userId: user.id, to: required, keep: session.id }
    written(await store.users.chooseRequiredFactors(choice, on, event))
  }

  /**
   * A recent login in place of showing anything anew; see `requireRecentLogin`.
   *
   * @param maxAgeSeconds How old the login may be. Default is 300.
   * @throws AuthError `login_too_old`; `token_invalid` if the person is gone.
   */
  requireRecent(session: Authorization, maxAgeSeconds?: number): Promise<ProvenUser> {
    return requireRecentLogin(this.#deps, session, maxAgeSeconds)
  }

  async #find(session: Authorization): Promise<User> {
    const user = await this.#deps.store.users.find(session.subject.id)
    if (!user) throw new AuthError('token_invalid')
    return user
  }
}
