/*
 * Authentication: login, step-up, client authentication, password rules, and the own account.
 * This folder must not know which session or token a login opens.
 */
import type { Domain } from '../domain/domain.ts'
import type { IncompleteKind } from '../model/authorization/authorization.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import type { Subject } from '../model/principals/subject.ts'
import type { Factor } from '../model/principals/user.ts'
import type { RequestContext } from '../model/request-context.ts'
import { canonicalUsername, guessedAccount } from '../model/username.ts'
import type { Throttle } from '../throttle/throttle.ts'
import {
  type FactorCheck,
  isCodeAlone,
  isShown,
  type ProvenFactors,
  refuseOverlong,
  type ShownSecrets,
} from './factor-check.ts'
import { hasExpiredUnused } from './must-change.ts'
import type { RequiredFactors } from './required-factors.ts'

/** What a user shows at login. */
export interface ShownFactors extends ShownSecrets {
  readonly username: string
}

/** A user who presented the required factors, and which they were. */
export type AuthenticatedUser = ProvenFactors

/** A login with everything right. */
export interface BegunLogin extends AuthenticatedUser {
  /** What must be done before a session is opened. `undefined`: nothing. */
  readonly incomplete: IncompleteKind | undefined
}

type Deps = Pick<Domain, 'store' | 'clock'> & { readonly factors: FactorCheck; readonly required: RequiredFactors }

/**
 * Logs users in. A wrong password or code, an unknown or disabled name, and one that must show more are one answer (I9,
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
   * a user who must show more (all-D6).
   *
   * Costs two commits, and a hash where a password is shown, and a commit where a code is, for any name.
   *
   * @throws AuthError `credentials_invalid`, `throttled`, `overloaded`.
   */
  authenticate(shown: ShownFactors, by: Caller): Promise<AuthenticatedUser> {
    return this.#judge(shown, by, false)
  }

  /**
   * As `authenticate`, but a login that is not complete is one, and its result says so.
   *
   * @throws AuthError `factors_insufficient` besides, for a user without a password if the policy demands one: they cannot
   * set it themselves.
   */
  async begin(shown: ShownFactors, by: Caller): Promise<BegunLogin> {
    const begun = await this.#judge(shown, by, true)
    if (begun.unmet.includes('password')) throw new AuthError('factors_insufficient')
    const { factors, user } = begun
    const incomplete =
      user.mustChangeSince !== undefined ? 'password_change' : begun.unmet.includes('totp') ? 'enrolment' : undefined
    return { factors, user, incomplete }
  }

  async #judge(shown: ShownFactors, { context }: Caller, mayBeIncomplete: boolean): Promise<Judged> {
    const { username } = shown
    refuseOverlong(shown)
    const found = await this.#throttle.attempt(
      guessedAccount(username),
      context,
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

  async #verify(shown: ShownFactors, context: RequestContext, mayBeIncomplete: boolean): Promise<Judged | undefined> {
    const { store, factors, required, clock } = this.#deps
    // Asked in any case, so that the work is the same for names that cannot exist.
    const found = await store.users.findByName(canonicalUsername(shown.username) ?? '')
    const lacking = await required.lackingOf(found)
    const unmet = lacking.filter((factor) => !isShown(factor, shown))
    const isComplete = found?.mustChangeSince === undefined && unmet.length === 0
    const admissible =
      found?.disabledAt === undefined &&
      found !== undefined &&
      required.of(found).every((factor) => unmet.includes(factor) || isShown(factor, shown)) &&
      !hasExpiredUnused(found, clock.latest()) &&
      (isComplete || mayBeIncomplete)
    // An incomplete login is verified against no user, so that no code is spent and no success is counted.
    const proven = await factors.check(admissible ? found : undefined, shown, context)
    return proven && { ...proven, unmet }
  }
}

/** What was shown and is right, and what the policy demands besides that the user does not have. */
interface Judged extends ProvenFactors {
  readonly unmet: readonly Factor[]
}
