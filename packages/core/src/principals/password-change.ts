import { auditEvent } from '../audit-event.ts'
import type { Authorization } from '../authorization/authorization.ts'
import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { longestPasswordBytes, requireAcceptablePassword } from './password-rules.ts'
import type { User } from './user.ts'

/** Changing one's own password: authentication anew, then every other session ends (personal tokens stay). */
export class PasswordChange {
  readonly #deps: Pick<Domain, 'store' | 'hasher' | 'clock' | 'isCommonPassword'>
  readonly #throttle: Throttle

  constructor(deps: Pick<Domain, 'store' | 'hasher' | 'clock' | 'isCommonPassword'>, throttle: Throttle) {
    this.#deps = deps
    this.#throttle = throttle
  }

  /**
   * Two hashes, three commits. A wrong current password counts as a guess like any other (N-029).
   *
   * @param session The Authorization that asks; it alone lives on.
   * @throws AuthError `credentials_invalid`, `password_unacceptable`, `throttled`, `overloaded`.
   */
  async change(
    session: Authorization,
    passwords: { readonly current: string; readonly next: string },
    circumstances: Circumstances,
  ): Promise<void> {
    const { store, hasher } = this.#deps
    const user = await store.users.find(session.subject.id)
    if (!user) throw new AuthError('token_invalid')
    // Not a guess: no stored password is that long (N-024).
    if (Buffer.byteLength(passwords.current) > longestPasswordBytes) throw new AuthError('credentials_invalid')
    const verified = await this.#throttle.guess(`user:${user.canonicalName}`, circumstances, async (seen) => {
      const verdict = await hasher.verify(passwords.current, user.passwordHash, seen.signal, seen.known)
      return verdict.matches ? user : undefined
    })
    if (!verified) throw new AuthError('credentials_invalid')
    requireAcceptablePassword(passwords.next, user, this.#deps)
    const to = await hasher.hash(passwords.next, circumstances.signal, user.id)
    await this.#store(user, to, session, circumstances)
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
