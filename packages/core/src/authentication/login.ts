import type { Domain } from '../domain/domain.ts'
import { isOverlong } from '../domain/passwords.ts'
import type { IncompleteKind } from '../model/authorization/authorization.ts'
import { AuthError } from '../model/errors.ts'
import type { Subject } from '../model/principals/subject.ts'
import type { Factor } from '../model/principals/user.ts'
import type { RequestContext } from '../model/request-context.ts'
import { canonicalUsername, guessedAccount } from '../model/username.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { TotpEnrolment } from '../totp/enrolment.ts'
import { type FactorCheck, isCodeAlone, isShown, type ProvenFactors, type ShownSecrets } from './factor-check.ts'
import { hasExpiredUnused } from './must-change.ts'
import { lackingOf, requiredOf } from './required-factors.ts'

/** What a person shows at login. */
export interface ShownFactors extends ShownSecrets {
  readonly username: string
}

/** A person who showed what was asked for, and which factors that was. */
export type AuthenticatedUser = ProvenFactors

/** A login with everything right. */
export interface BegunLogin extends AuthenticatedUser {
  /** What must be done before a session is opened. `undefined`: nothing. */
  readonly incomplete: IncompleteKind | undefined
}

type Deps = Pick<Domain, 'store' | 'clock' | 'policy'> & {
  readonly factors: FactorCheck
  readonly totp: TotpEnrolment
}

/**
 * Logs people in. A wrong password or code, an unknown or disabled name, and one that must show more are one answer (I9,
 * all-D6): no path skips a factor.
 */
export class Login {
  readonly #deps: Deps
  readonly #throttle: Throttle

  constructor(deps: Deps, throttle: Throttle) {
    this.#deps = deps
    this.#throttle = throttle
  }

  /**
   * For wires that know nothing but sessions: who must change the password or set up an authenticator first is refused like
   * somebody who must show more (all-D6).
   *
   * Costs two commits, and a hash where a password is shown, and a commit where a code is; whoever is named.
   *
   * @throws AuthError `credentials_invalid`, `throttled`, `overloaded`.
   */
  authenticate(shown: ShownFactors, circumstances: RequestContext): Promise<AuthenticatedUser> {
    return this.#judge(shown, circumstances, false)
  }

  /**
   * As `authenticate`, but a login that is not complete is one, and its result says so.
   *
   * @throws AuthError `factors_insufficient` besides, for somebody without a password of whom the policy demands one: they cannot
   * set it themselves.
   */
  async begin(shown: ShownFactors, circumstances: RequestContext): Promise<BegunLogin> {
    const begun = await this.#judge(shown, circumstances, true)
    if (begun.unmet.includes('password')) throw new AuthError('factors_insufficient')
    const { factors, user } = begun
    const incomplete =
      user.mustChangeSince !== undefined ? 'password_change' : begun.unmet.includes('totp') ? 'enrolment' : undefined
    return { factors, user, incomplete }
  }

  async #judge(shown: ShownFactors, circumstances: RequestContext, mayBeIncomplete: boolean): Promise<Judged> {
    const { username, password } = shown
    // Not a guess: no stored password is that long (N-024).
    if (password !== undefined && isOverlong(password)) throw new AuthError('credentials_invalid')
    const found = await this.#throttle.attempt(
      guessedAccount(username),
      circumstances,
      (seen) => this.#verify(shown, seen, mayBeIncomplete),
      { codeAlone: isCodeAlone(shown), whose: () => this.#whose(username) },
    )
    if (!found) throw new AuthError('credentials_invalid')
    return found
  }

  async #whose(username: string): Promise<{ readonly subject?: Subject }> {
    const found = await this.#deps.store.users.findByName(canonicalUsername(username) ?? '')
    return found ? { subject: { kind: 'user', id: found.id } } : {}
  }

  async #verify(
    shown: ShownFactors,
    circumstances: RequestContext,
    mayBeIncomplete: boolean,
  ): Promise<Judged | undefined> {
    const { store, factors, policy, clock } = this.#deps
    // Asked in any case, so that the work is the same for names that cannot exist.
    const found = await store.users.findByName(canonicalUsername(shown.username) ?? '')
    const lacking = await lackingOf(found, this.#deps)
    const unmet = lacking.filter((factor) => !isShown(factor, shown))
    const isComplete = found?.mustChangeSince === undefined && unmet.length === 0
    const admissible =
      found?.disabledAt === undefined &&
      found !== undefined &&
      requiredOf(found, policy).every((factor) => unmet.includes(factor) || isShown(factor, shown)) &&
      !hasExpiredUnused(found, clock.latest()) &&
      (isComplete || mayBeIncomplete)
    // Half a login proves nothing: what was shown is judged as nobody's, so that no code is spent and no success counted.
    const proven = await factors.check(admissible ? found : undefined, shown, circumstances)
    return proven && { ...proven, unmet }
  }
}

/** What was shown and is right, and what the policy demands besides that the person does not have. */
interface Judged extends ProvenFactors {
  readonly unmet: readonly Factor[]
}
