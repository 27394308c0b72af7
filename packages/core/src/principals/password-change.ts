import { auditEvent } from '../audit-event.ts'
import type { Authorization } from '../authorization/authorization.ts'
import type { Circumstances, Domain } from '../domain.ts'
import type { FreshProof } from './fresh-proof.ts'
import { requireAcceptablePassword, standsAlone } from './password-rules.ts'
import { written } from './proof.ts'

type Deps = Pick<Domain, 'store' | 'hasher' | 'clock' | 'isCommonPassword'> & { readonly freshProof: FreshProof }

/** Changing one's own password: authentication anew, then every other session ends (personal tokens stay). */
export class PasswordChange {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
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
    const { store, hasher, freshProof } = this.#deps
    const { user, on } = await freshProof.require(session, { password: passwords.current }, circumstances)
    requireAcceptablePassword(passwords.next, user, this.#deps)
    const hash = await hasher.hash(passwords.next, circumstances.signal)
    const subject = { kind: 'user', id: user.id } as const
    const event = auditEvent({ action: 'password_changed', actor: subject, subject }, circumstances, this.#deps)
    const change = {
      userId: user.id,
      password: { hash, standsAlone: standsAlone(passwords.next) },
      keep: session.id,
    }
    written(await store.users.changePassword(change, on, event))
  }
}
