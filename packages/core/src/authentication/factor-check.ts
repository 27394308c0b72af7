import type { Domain } from '../domain/domain.ts'
import { isOverlong } from '../domain/passwords.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Factor, User } from '../model/principals/user.ts'
import type { RequestContext } from '../model/request-context.ts'
import { afterJudging } from '../throttle/judged.ts'
import type { SpentCode, TotpEnrolment } from '../totp/enrolment.ts'
import { recoveryCodeDigest } from '../totp/recovery-codes.ts'
import { standsAlone } from './password-rules.ts'

/** What a person shows. Which of it must be there is the user's matter, not the path's. */
export interface ShownSecrets {
  readonly password?: string | undefined
  /** Six digits of an authenticator (RFC 6238). */
  readonly code?: string | undefined
  /** One of the single-use codes, in place of `code`. */
  readonly recoveryCode?: string | undefined
}

/** What was shown and is right. */
export interface ProvenFactors {
  readonly factors: readonly Factor[]
  /**
   * As they were read before anything was judged, but for what the spent code itself has changed: a write on this proof
   * happens only if nothing else changed meanwhile.
   */
  readonly user: User
}

/** Whether something is there that could prove a factor. */
export const isShown = (factor: Factor, { password, code, recoveryCode }: ShownSecrets): boolean =>
  factor === 'password' ? password !== undefined : code !== undefined || recoveryCode !== undefined

/** Whether a code (RFC 6238) is shown and no password beside it, so that nothing but its million values has to be guessed. */
export const isCodeAlone = ({ password, code }: ShownSecrets): boolean => code !== undefined && password === undefined

/** Judges what a person shows. It counts no guesses: whoever asks does, before. */
export class FactorCheck {
  readonly #deps: Pick<Domain, 'store' | 'hasher' | 'clock'> & { readonly totp: TotpEnrolment }

  constructor(deps: Pick<Domain, 'store' | 'hasher' | 'clock'> & { readonly totp: TotpEnrolment }) {
    this.#deps = deps
  }

  /**
   * All that is shown must be right. Costs a hash where a password is shown, and a commit where a code is; whoever is
   * named.
   *
   * @param user Nothing for whoever cannot be let in anyhow: then the work is the same, and no code is spent.
   * @returns Nothing if something is wrong, or nothing is there.
   */
  async check(
    user: User | undefined,
    shown: ShownSecrets,
    circumstances: RequestContext,
  ): Promise<ProvenFactors | undefined> {
    const factors: Factor[] = []
    let proven = user
    if (shown.password !== undefined) {
      const matches = await this.#passwordMatches(user, shown.password, circumstances)
      if (matches) factors.push('password')
    }
    const wrongPassword = shown.password !== undefined && factors.length === 0
    if (isShown('totp', shown)) {
      // A code is not spent on a wrong password, and says nothing about it: the work is done all the same.
      const spent = wrongPassword
        ? await afterJudging(this.#spendCode(undefined, shown, circumstances))
        : await this.#spendCode(user, shown, circumstances)
      if (!spent) return undefined
      proven = user && afterCode(user, spent)
      factors.push('totp')
    }
    return proven && !wrongPassword && factors.length > 0 ? { factors, user: proven } : undefined
  }

  async #passwordMatches(user: User | undefined, password: string, circumstances: RequestContext): Promise<boolean> {
    const { store, hasher } = this.#deps
    // Not a guess: no stored password is that long (N-024).
    if (isOverlong(password)) return false
    const verdict = await hasher.verify(password, user?.passwordHash, circumstances.signal, circumstances.known)
    if (!user?.passwordHash || !verdict.matches) return false
    if (verdict.outdated || user.passwordStandsAlone === undefined) {
      const hash = verdict.outdated ? await hasher.hash(password, undefined, user.id) : user.passwordHash
      await store.users.refinePassword(user.id, user.passwordHash, { hash, standsAlone: standsAlone(password) })
    }
    return true
  }

  async #spendCode(
    user: User | undefined,
    shown: ShownSecrets,
    circumstances: RequestContext,
  ): Promise<SpentCode | undefined> {
    const { code, recoveryCode } = shown
    if (code !== undefined) return this.#deps.totp.verify(user, code, circumstances, isCodeAlone(shown))
    const { store, clock } = this.#deps
    const subject = user && ({ kind: 'user', id: user.id } as const)
    const event = auditEvent(
      { action: 'factors_changed', actor: subject, subject, detail: { recoveryCode: 'spent' } },
      circumstances,
      this.#deps,
    )
    const digest = recoveryCodeDigest(recoveryCode ?? '')
    const outcome = await store.recoveryCodes.spend(user?.id ?? '', digest, clock.now(), event)
    return outcome === 'spent' ? { confirmed: false, endedSessions: false } : undefined
  }
}

/** A first code of a secret changes the person in its own commit; of a secret in place of another it ends their sessions. */
const afterCode = (user: User, { confirmed, endedSessions }: SpentCode): User => ({
  ...user,
  version: user.version + (confirmed ? 1 : 0),
  sessionsEpoch: user.sessionsEpoch + (endedSessions ? 1 : 0),
})
