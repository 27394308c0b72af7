import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { longestPasswordBytes } from './password-rules.ts'
import type { Factor, User } from './user.ts'
import { canonicalUsername, guessedAccount } from './username.ts'

/** A person who showed what was asked for. */
export interface AuthenticatedUser {
  readonly user: User
  readonly factors: readonly Factor[]
}

/** Logs people in by password. A wrong password and an unknown, disabled or differently secured name are one answer (I9). */
export class PasswordLogin {
  readonly #deps: Pick<Domain, 'store' | 'hasher'>
  readonly #throttle: Throttle

  constructor(deps: Pick<Domain, 'store' | 'hasher'>, throttle: Throttle) {
    this.#deps = deps
    this.#throttle = throttle
  }

  /**
   * Costs two commits and one hash, whoever is named.
   *
   * @throws AuthError `credentials_invalid`, `throttled`, `overloaded`.
   */
  async authenticate(
    credentials: { readonly username: string; readonly password: string },
    circumstances: Circumstances,
  ): Promise<AuthenticatedUser> {
    const { username, password } = credentials
    // Not a guess: no stored password is that long (N-024).
    if (Buffer.byteLength(password) > longestPasswordBytes) throw new AuthError('credentials_invalid')
    const user = await this.#throttle.guess(guessedAccount(username), circumstances, () =>
      this.#verify(username, password, circumstances),
    )
    if (!user) throw new AuthError('credentials_invalid')
    return { user, factors: ['password'] }
  }

  async #verify(username: string, password: string, circumstances: Circumstances): Promise<User | undefined> {
    const { store, hasher } = this.#deps
    const name = canonicalUsername(username)
    // Asked in any case, so that the work is the same for names that cannot exist.
    const found = await store.users.findByName(name ?? '')
    const verdict = await hasher.verify(password, found?.passwordHash, circumstances.signal)
    if (!found?.passwordHash || !verdict.matches || found.disabledAt !== undefined) return undefined
    if (found.requiredFactors.some((factor) => factor !== 'password')) return undefined
    if (verdict.outdated) {
      await store.users.upgradePasswordHash(found.id, found.passwordHash, await hasher.hash(password))
    }
    return found
  }
}
