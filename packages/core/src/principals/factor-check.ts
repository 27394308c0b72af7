import { auditEvent } from '../audit-event.ts'
import type { Circumstances, Domain } from '../domain.ts'
import type { SpentCode, TotpEnrolment } from '../totp/enrolment.ts'
import { recoveryCodeDigest } from '../totp/recovery-codes.ts'
import { longestPasswordBytes } from './password-rules.ts'
import type { Factor, User } from './user.ts'

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
  /** Whether a code of it has ended every session of the person (`SpentCode`). */
  readonly endedSessions: boolean
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
  async judge(
    user: User | undefined,
    shown: ShownSecrets,
    circumstances: Circumstances,
  ): Promise<ProvenFactors | undefined> {
    const factors: Factor[] = []
    let endedSessions = false
    if (shown.password !== undefined) {
      const matches = await this.#passwordMatches(user, shown.password, circumstances)
      if (matches) factors.push('password')
    }
    const wrongPassword = shown.password !== undefined && factors.length === 0
    if (isShown('totp', shown)) {
      // A code is not spent on a wrong password, and says nothing about it: the work is done all the same.
      const spent = await this.#spendCode(wrongPassword ? undefined : user, shown, circumstances)
      if (!spent) return undefined
      endedSessions = spent.endedSessions
      factors.push('totp')
    }
    return user && !wrongPassword && factors.length > 0 ? { factors, endedSessions } : undefined
  }

  async #passwordMatches(user: User | undefined, password: string, circumstances: Circumstances): Promise<boolean> {
    const { store, hasher } = this.#deps
    // Not a guess: no stored password is that long (N-024).
    if (Buffer.byteLength(password) > longestPasswordBytes) return false
    const verdict = await hasher.verify(password, user?.passwordHash, circumstances.signal, circumstances.known)
    if (!user?.passwordHash || !verdict.matches) return false
    if (verdict.outdated)
      await store.users.upgradePasswordHash(user.id, user.passwordHash, await hasher.hash(password, undefined, user.id))
    return true
  }

  async #spendCode(
    user: User | undefined,
    shown: ShownSecrets,
    circumstances: Circumstances,
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
    return outcome === 'spent' ? { endedSessions: false } : undefined
  }
}
