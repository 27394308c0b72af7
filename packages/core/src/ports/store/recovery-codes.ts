import type { AuditEvent } from '../../model/audit-event.ts'
import type { Unmet, WriteCondition } from './condition.ts'

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
