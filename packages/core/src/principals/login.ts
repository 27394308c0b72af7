import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { type FactorCheck, isCodeAlone, isShown, type ProvenFactors, type ShownSecrets } from './factor-check.ts'
import { isOverlong } from './passwords.ts'
import { canonicalUsername, guessedAccount } from './username.ts'

/** What a person shows at login. */
export interface ShownFactors extends ShownSecrets {
  readonly username: string
}

/** A person who showed what was asked for, and which factors that was. */
export type AuthenticatedUser = ProvenFactors

/**
 * Logs people in. A wrong password or code, an unknown or disabled name, and one that must show more are one answer (I9,
 * D6): no path skips a factor.
 */
export class Login {
  readonly #deps: Pick<Domain, 'store'> & { readonly factors: FactorCheck }
  readonly #throttle: Throttle

  constructor(deps: Pick<Domain, 'store'> & { readonly factors: FactorCheck }, throttle: Throttle) {
    this.#deps = deps
    this.#throttle = throttle
  }

  /**
   * Costs two commits, and a hash where a password is shown, and a commit where a code is; whoever is named.
   *
   * @throws AuthError `credentials_invalid`, `throttled`, `overloaded`.
   */
  async authenticate(shown: ShownFactors, circumstances: Circumstances): Promise<AuthenticatedUser> {
    const { username, password } = shown
    // Not a guess: no stored password is that long (N-024).
    if (password !== undefined && isOverlong(password)) throw new AuthError('credentials_invalid')
    const found = await this.#throttle.guess(
      guessedAccount(username),
      circumstances,
      (seen) => this.#verify(shown, seen),
      { codeAlone: isCodeAlone(shown) },
    )
    if (!found) throw new AuthError('credentials_invalid')
    return found
  }

  async #verify(shown: ShownFactors, circumstances: Circumstances): Promise<AuthenticatedUser | undefined> {
    const { store, factors } = this.#deps
    // Asked in any case, so that the work is the same for names that cannot exist.
    const found = await store.users.findByName(canonicalUsername(shown.username) ?? '')
    const admissible =
      found?.disabledAt === undefined && found?.requiredFactors.every((factor) => isShown(factor, shown))
    // Half a login proves nothing: what was shown is judged as nobody's, so that no code is spent and no success counted.
    const user = admissible ? found : undefined
    return factors.judge(user, shown, circumstances)
  }
}
