import type { Domain } from '../domain/domain.ts'
import { isOverlong } from '../domain/passwords.ts'
import { AuthError } from '../model/errors.ts'
import type { Factor, User } from '../model/principals/user.ts'
import type { RequestContext } from '../model/request-context.ts'
import { afterJudging } from '../throttle/judged.ts'
import type { SpentCode, TotpEnrolment } from '../totp/enrolment.ts'
import type { RecoveryCodes } from '../totp/recovery-codes.ts'
import { standsAlone } from './password-rules.ts'

/** What a user shows. Which of it is required depends on the user, not on the operation. */
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
   * As read before anything was checked, with what the spent code itself changed: a write that depends on this proof happens
   * only if nothing else changed meanwhile.
   */
  readonly user: User
}

/** Whether something is shown that could prove a factor. */
export const isShown = (factor: Factor, { password, code, recoveryCode }: ShownSecrets): boolean =>
  factor === 'password' ? password !== undefined : code !== undefined || recoveryCode !== undefined

/** Whether a code (RFC 6238) is shown and no password beside it, so that nothing but its million values has to be guessed. */
export const isCodeAlone = ({ password, code }: ShownSecrets): boolean => code !== undefined && password === undefined

/** Too long for any stored password, and so not a guess: it is not counted, and nothing is hashed (N-024). @throws AuthError `credentials_invalid`. */
export function refuseOverlong({ password }: ShownSecrets): void {
  if (password !== undefined && isOverlong(password)) throw new AuthError('credentials_invalid')
}

type Deps = Pick<Domain, 'store' | 'hasher'> & {
  readonly totp: TotpEnrolment
  readonly recoveryCodes: RecoveryCodes
}

/** Checks what a user shows. It counts no guesses: its caller does, before. */
export class FactorCheck {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * All that is shown must be right. Costs a hash where a password is shown, and a commit where a code is, whatever the name.
   *
   * @param user `undefined` if no login is possible: then the work is the same, and no code is spent.
   * @returns `undefined` if something is wrong, or nothing is shown.
   */
  async check(
    user: User | undefined,
    shown: ShownSecrets,
    context: RequestContext,
  ): Promise<ProvenFactors | undefined> {
    const factors: Factor[] = []
    let proven = user
    if (shown.password !== undefined) {
      const matches = await this.#passwordMatches(user, shown.password, context)
      if (matches) factors.push('password')
    }
    const wrongPassword = shown.password !== undefined && factors.length === 0
    if (isShown('totp', shown)) {
      // Beside a wrong password no code is spent. The work is the same, so that the time does not tell whether the code is right.
      const spent = wrongPassword
        ? await afterJudging(this.#spendCode(undefined, shown, context))
        : await this.#spendCode(user, shown, context)
      if (!spent) return undefined
      proven = user && afterCode(user, spent)
      factors.push('totp')
    }
    return proven && !wrongPassword && factors.length > 0 ? { factors, user: proven } : undefined
  }

  async #passwordMatches(user: User | undefined, password: string, context: RequestContext): Promise<boolean> {
    const { store, hasher } = this.#deps
    const verdict = await hasher.verify(password, user?.passwordHash, context.signal, context.known)
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
    context: RequestContext,
  ): Promise<SpentCode | undefined> {
    const { totp, recoveryCodes } = this.#deps
    const { code, recoveryCode = '' } = shown
    if (code !== undefined) return totp.verify({ user, code, alone: isCodeAlone(shown) }, context)
    const isSpent = await recoveryCodes.spend({ userId: user?.id, code: recoveryCode }, context)
    return isSpent ? { confirmed: false, endedSessions: false } : undefined
  }
}

/** A first code confirms the secret, which changes the user in the same commit. If it replaces another, all sessions end. */
const afterCode = (user: User, { confirmed, endedSessions }: SpentCode): User => ({
  ...user,
  version: user.version + (confirmed ? 1 : 0),
  sessionsEpoch: user.sessionsEpoch + (endedSessions ? 1 : 0),
})
