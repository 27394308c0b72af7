import type { Domain } from '../domain/domain.ts'
import { isOverlong, isSamePassword } from '../domain/passwords.ts'
import { written } from '../domain/proof.ts'
import { auditEvent } from '../model/audit-event.ts'
import { type Authorization, isIncomplete } from '../model/authorization/authorization.ts'
import { AuthError } from '../model/errors.ts'
import type { RequestContext } from '../model/request-context.ts'
import type { FreshProof } from './fresh-proof.ts'
import { requireAcceptablePassword } from './password-rules.ts'

type Deps = Pick<Domain, 'store' | 'hasher' | 'clock' | 'isCommonPassword' | 'issuer'> & {
  readonly freshProof: FreshProof
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

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * Two hashes, three commits, one more where a code is shown. All that a login asks of the person must be shown. A wrong
   * current password or code counts as a guess like any other (N-029).
   *
   * @param session The Authorization that asks; it alone lives on. One that is good for completing a login ends, too.
   * @throws AuthError `credentials_invalid`, `password_unacceptable` (`unchanged`: one that somebody else set must become
   * another), `throttled`, `overloaded`.
   */
  async change(session: Authorization, shown: ShownForPasswordChange, circumstances: RequestContext): Promise<void> {
    const { store, hasher, freshProof } = this.#deps
    const { current: password, next, code, recoveryCode } = shown
    // Not a guess: no stored password is that long (N-024).
    if (isOverlong(password)) throw new AuthError('credentials_invalid')
    const { user, on } = await freshProof.require(session, { password, code, recoveryCode }, circumstances)
    const standsAlone = requireAcceptablePassword(next, user, this.#deps)
    // Whoever set it would go on knowing it (ASVS 6.4.1).
    if (user.mustChangeSince !== undefined && isSamePassword(password, next)) {
      throw new AuthError('password_unacceptable', { reason: 'unchanged' })
    }
    const hash = await hasher.hash(next, circumstances.signal, user.id)
    const subject = { kind: 'user', id: user.id } as const
    const event = auditEvent({ action: 'password_changed', actor: subject, subject }, circumstances, this.#deps)
    const change = {
      userId: user.id,
      password: { hash, standsAlone },
      keep: isIncomplete(session) ? undefined : session.id,
    }
    written(await store.users.changePassword(change, on, event))
  }
}
