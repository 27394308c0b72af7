import type { Domain } from '../domain/domain.ts'
import { isSamePassword } from '../domain/passwords.ts'
import { conditionOn, written } from '../domain/proof.ts'
import type { AuditAction, AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import { isIncomplete } from '../model/authorization/authorization.ts'
import type { Caller, SessionCaller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import type { Factor, User } from '../model/principals/user.ts'
import type { PlainToken } from '../tokens/plain-token.ts'
import type { TotpEnrolment, TotpState } from '../totp/enrolment.ts'
import type { RecoveryCodes } from '../totp/recovery-codes.ts'
import { isShown, type ShownSecrets } from './factor-check.ts'
import { requireAcceptablePassword } from './password-rules.ts'
import { suffices } from './required-factors.ts'
import type { StepUp } from './step-up.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'hasher' | 'policy' | 'isCommonPassword' | 'issuer'> & {
  readonly stepUp: StepUp
  readonly totp: TotpEnrolment
  readonly recoveryCodes: RecoveryCodes
}

/** What is shown for a change of one's own password. */
export interface ShownForPasswordChange extends Pick<ShownSecrets, 'code' | 'recoveryCode'> {
  readonly current: string
  readonly next: string
}

/** A user, as the user sees it. */
export interface ShownAccount {
  readonly user: User
  readonly totp: TotpState
  readonly recoveryCodesLeft: number
}

/** What a user changes about their own account, with step-up authentication. */
export class OwnAccount {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** @throws AuthError `token_invalid` if the user was deleted. */
  async show(by: SessionCaller): Promise<ShownAccount> {
    const { stepUp, totp, recoveryCodes } = this.#deps
    const user = await stepUp.findUser(by)
    return { user, totp: await totp.state(user.id), recoveryCodesLeft: await recoveryCodes.countLeft(user.id) }
  }

  /**
   * Changes the password. Every other session ends; personal tokens live on. A session that only completes a login ends, too.
   *
   * Two hashes, three commits, one more where a code is shown.
   *
   * @throws What `StepUp.require` throws; AuthError `password_unacceptable` (`unchanged`: the user must replace a password that
   * an administrator set).
   */
  async changePassword({ current, next, ...shown }: ShownForPasswordChange, by: SessionCaller): Promise<void> {
    const { store, hasher, stepUp } = this.#deps
    const { user, on } = await stepUp.require({ ...shown, password: current }, by)
    const standsAlone = requireAcceptablePassword(next, user, this.#deps)
    // Otherwise the administrator who set it would go on knowing it (ASVS 6.4.1).
    if (user.mustChangeSince !== undefined && isSamePassword(current, next)) {
      throw new AuthError('password_unacceptable', { reason: 'unchanged' })
    }
    const hash = await hasher.hash(next, by.context.signal, user.id)
    const keep = isIncomplete(by.authorization) ? undefined : by.authorization.id
    const change = { userId: user.id, password: { hash, standsAlone }, keep }
    written(await store.users.changePassword(change, on, this.#event('password_changed', user, by)))
  }

  /**
   * Changes which factors a login requires. All that are required now and all that are to be required must be shown: otherwise a
   * user locks themselves out, or a stolen session requires less. Every other session ends: it may have been opened with less.
   *
   * @throws What `StepUp.require` throws; AuthError `password_unacceptable` if the password is long enough only beside a code;
   * `factors_insufficient` if the policy demands more.
   */
  async chooseFactors(
    { required, shown }: { readonly required: readonly Factor[]; readonly shown: ShownSecrets },
    by: SessionCaller,
  ): Promise<void> {
    const { store, stepUp, policy } = this.#deps
    const { role } = await stepUp.findUser(by)
    if (!suffices(required, role, policy)) throw new AuthError('factors_insufficient')
    if (!required.every((factor) => isShown(factor, shown))) throw new AuthError('credentials_invalid')
    const { user, on } = await stepUp.require(shown, by)
    // Only where less is required than before: an old password that is too short today does not prevent requiring a code.
    if (user.requiredFactors.includes('totp') && !required.includes('totp')) {
      const { username } = user
      requireAcceptablePassword(shown.password ?? '', { username, requiredFactors: required }, this.#deps)
    }
    const event = this.#event('factors_changed', user, by, { required: required.join('+') })
    written(
      await store.users.chooseRequiredFactors({ userId: user.id, to: required, keep: by.authorization.id }, on, event),
    )
  }

  /**
   * A new TOTP secret, never one that was shown before.
   *
   * @returns The user and the secret, for showing it once.
   * @throws What `StepUp.require` throws.
   */
  async setUpTotp(
    shown: ShownSecrets,
    by: SessionCaller,
  ): Promise<{ readonly user: User; readonly secret: Uint8Array }> {
    const { user, on } = await this.#deps.stepUp.require(shown, by)
    return { user, secret: await this.#deps.totp.setUpAnew({ userId: user.id, on }, by) }
  }

  /**
   * Confirms the secret that was set up last by a first code of it.
   *
   * @throws AuthError `credentials_invalid` (also where there is nothing to confirm), `throttled`.
   */
  async confirmTotp(code: string, by: SessionCaller): Promise<void> {
    const { stepUp, totp } = this.#deps
    const user = await stepUp.findUser(by)
    const on = conditionOn(undefined, by, this.#deps)
    const judge = async (context: Caller['context']) => (await totp.confirm({ user, code, on }, context)) || undefined
    await stepUp.attempt({ user, codeAlone: true, judge }, by)
  }

  /** Ten new recovery codes in place of the old ones. @throws What `StepUp.require` throws. */
  async renewRecoveryCodes(shown: ShownSecrets, by: SessionCaller): Promise<readonly PlainToken[]> {
    const { user, on } = await this.#deps.stepUp.require(shown, by)
    return this.#deps.recoveryCodes.renew({ userId: user.id, on }, by)
  }

  #event(action: AuditAction, { id }: User, by: Caller, detail?: AuditEvent['detail']): AuditEvent {
    return auditEvent({ action, subject: { kind: 'user', id }, detail }, by, this.#deps)
  }
}
