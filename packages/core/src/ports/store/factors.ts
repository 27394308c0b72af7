import type { AuditEvent } from '../../model/audit-event.ts'
import type { Unmet, WriteCondition } from './condition.ts'

/**
 * A user's TOTP secret. `active` is what logins are checked against; `pending` is a new one that replaces it with the
 * first code that comes from it.
 */
export interface Enrolment {
  readonly userId: string
  readonly slot: 'active' | 'pending'
  /** The secret, sealed under the master key and bound to the user. */
  readonly sealed: Uint8Array
  readonly createdAt: number
  /** When a first code showed that the user has it. Only until then may the secret be shown again. */
  readonly confirmedAt: number | undefined
  /** The last step whose code was accepted; it and all before it are spent. */
  readonly lastStep: number
  /** Wrong codes in a row. At the cap no code is accepted any more. */
  readonly failures: number
}

export interface Enrolments {
  find(userId: string): Promise<{ readonly active: Enrolment | undefined; readonly pending: Enrolment | undefined }>
  /** Stores a secret in its slot, in place of what was there, alone on the user. A new active one discards a pending one. */
  put(enrolment: Enrolment, audit: AuditEvent, on?: WriteCondition): Promise<'stored' | Unmet>
  /**
   * Spends a step of the very secret that the code was decided by, by one compare-and-set, in a commit of its own: `spent` if
   * it or a later one was accepted before (N-030, N-034), or the secret is not in its slot any more. Clears the failures.
   *
   * Alone on the user. The first code of a secret confirms it (`confirmed`): `User.version` rises by one and the event is written. A pending one
   * then takes the active one's place, the recovery codes are void, and the user's sessions end with the old secret
   * (`sessionsEpoch` rises by one).
   */
  accept(
    acceptance: {
      readonly userId: string
      readonly slot: Enrolment['slot']
      /** `Enrolment.sealed` of the secret that was verified. */
      readonly sealed: Uint8Array
      readonly step: number
      readonly at: number
    },
    confirmed: AuditEvent,
    on?: WriteCondition,
  ): Promise<'accepted' | 'confirmed' | 'spent' | Unmet>
  /** Counts a wrong code, in a commit of its own. Does the same work for a user without a secret. */
  countFailure(userId: string): Promise<void>
}

/** Single-use codes for the day the authenticator is lost; digests only. */
export interface RecoveryCodes {
  /** Replaces all codes of the user, alone on the user. */
  replace(
    userId: string,
    digests: readonly Uint8Array[],
    audit: AuditEvent,
    on?: WriteCondition,
  ): Promise<'replaced' | Unmet>
  /** Spends one, by one conditional update in a commit of its own. */
  spend(userId: string, digest: Uint8Array, at: number, audit: AuditEvent): Promise<'spent' | 'unknown'>
  countLeft(userId: string): Promise<number>
}
