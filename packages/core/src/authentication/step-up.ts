import type { Domain } from '../domain/domain.ts'
import { conditionOn, type ProvenUser } from '../domain/proof.ts'
import { about } from '../model/audit-event.ts'
import type { SessionCaller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import type { User } from '../model/principals/user.ts'
import type { RequestContext } from '../model/request-context.ts'
import { guessedAccount } from '../model/username.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { type FactorCheck, isCodeAlone, isShown, refuseOverlong, type ShownSecrets } from './factor-check.ts'
import type { RequiredFactors } from './required-factors.ts'

/** How old a recent login is at most, in seconds. */
export const recentLoginSeconds = 300

type Deps = Pick<Domain, 'store' | 'clock'> & { readonly factors: FactorCheck; readonly required: RequiredFactors }

/** What a step-up verifies. */
interface Attempt<T> {
  readonly user: User
  /** Whether a code is shown, and no password. */
  readonly codeAlone: boolean
  /** Resolves to `undefined` if what was shown is wrong. */
  readonly judge: (context: RequestContext) => Promise<T | undefined>
}

/**
 * Step-up authentication (RFC 9470): required where a stolen session must not be enough, for whatever decides how the user logs
 * in. A wrong answer counts as a guess like any other (N-029). A write that depends on the proof also depends on the caller's
 * session, in one commit.
 */
export class StepUp {
  readonly #deps: Deps
  readonly #throttle: Throttle

  constructor(deps: Deps, throttle: Throttle) {
    this.#deps = deps
    this.#throttle = throttle
  }

  /**
   * All factors that a login requires of the user must be shown, whatever the session was opened with. All that is shown must be
   * right.
   *
   * @returns The user, and the condition of a write that depends on this proof.
   * @throws AuthError `credentials_invalid`, `throttled`, `overloaded`; `token_invalid` if the user was deleted.
   */
  async require(shown: ShownSecrets, by: SessionCaller): Promise<ProvenUser> {
    refuseOverlong(shown)
    const user = await this.findUser(by)
    const lacking = await this.#deps.required.lackingOf(user)
    const required = this.#deps.required.of(user).filter((factor) => !lacking.includes(factor))
    const isWhole = required.every((factor) => isShown(factor, shown))
    // Too few factors prove nothing, as at login: they are checked as an unknown user's, so that no code is spent.
    const judge = (context: RequestContext) => this.#deps.factors.check(isWhole ? user : undefined, shown, context)
    const proven = await this.attempt({ user, codeAlone: isCodeAlone(shown), judge }, by)
    return { user: proven.user, on: conditionOn(proven.user, by, this.#deps) }
  }

  /**
   * A login that is recent enough to permit a lasting change without showing anything again. It must have shown every factor that
   * is required of the user now. Its time is that of the first authentication: neither a refresh nor a session that is derived
   * from another renews it.
   *
   * @param input `maxAgeSeconds`: how old the login may be. Default is 300.
   * @returns The user, and the condition of a write that depends on this proof.
   * @throws AuthError `login_too_old`; `token_invalid` if the user was deleted.
   */
  async requireRecent(
    { maxAgeSeconds = recentLoginSeconds }: { readonly maxAgeSeconds?: number | undefined },
    by: SessionCaller,
  ): Promise<ProvenUser> {
    const user = await this.findUser(by)
    const { authenticatedAt, factors } = by.authorization
    const ageSeconds = this.#deps.clock.latest() - authenticatedAt
    const showedAll = this.#deps.required.of(user).every((factor) => factors.includes(factor))
    if (ageSeconds > maxAgeSeconds || !showedAll) throw new AuthError('login_too_old', { maxAgeSeconds })
    return { user, on: conditionOn(user, by, this.#deps) }
  }

  /**
   * Judges what the user shows, as a guess that is counted.
   *
   * @throws AuthError `credentials_invalid` if it is wrong, `throttled`.
   */
  async attempt<T>({ user, codeAlone, judge }: Attempt<T>, by: SessionCaller): Promise<T> {
    const account = guessedAccount(user.username)
    const whose = async () => about(by.authorization)
    const result = await this.#throttle.attempt(account, by.context, judge, { codeAlone, whose })
    if (result === undefined) throw new AuthError('credentials_invalid')
    return result
  }

  /** @throws AuthError `token_invalid` if the user was deleted. */
  async findUser({ subject }: SessionCaller): Promise<User> {
    const user = await this.#deps.store.users.find(subject.id)
    if (!user) throw new AuthError('token_invalid')
    return user
  }
}
