import type { Clock } from '../ports/system/clock.ts'
import type { Authorization } from './authorization/authorization.ts'
import type { Caller } from './caller.ts'
import type { Subject } from './principals/subject.ts'

/** What happened, in the past tense; a closed list, so that a reader of the trail can rely on it. */
export type AuditAction =
  | 'login_failed'
  | 'account_locked'
  | 'authorization_created'
  | 'authorization_rotated'
  | 'authorization_reused'
  | 'refresh_repeated'
  | 'refresh_late'
  | 'authorization_revoked'
  | 'token_revoked'
  | 'authorizations_revoked'
  | 'user_created'
  | 'user_changed'
  | 'user_deleted'
  | 'password_changed'
  | 'factors_changed'
  | 'ownership_transferred'
  | 'client_created'
  | 'client_changed'
  | 'client_deleted'
  | 'api_created'
  | 'api_changed'
  | 'api_deleted'
  | 'token_exchanged'
  | 'credential_created'
  | 'credential_revoked'
  | 'keys_rotated'
  | 'key_revoked'
  | 'master_key_replaced'
  | 'account_unlocked'
  | 'clock_reset'
  | 'database_restored'
  | 'database_imported'
  | 'issuer_changed'
  | 'droplet_changed'
  | 'setting_changed'
  | 'audit_exported'
  | 'audit_dropped'

/**
 * One row of the trail, written in the commit of the change that it records (S12).
 *
 * It carries identifiers, never a secret. `subject` is the principal the change is about, `actor` the one who requested
 * it (absent: the system itself, or the command line).
 */
export interface AuditEvent {
  readonly at: number
  readonly action: AuditAction
  readonly actor?: Subject | undefined
  readonly subject?: Subject | undefined
  readonly authorizationId?: string | undefined
  readonly clientId?: string | undefined
  readonly dialect?: string | undefined
  /** Where the request came from, as the pipeline saw it. */
  readonly address?: string | undefined
  readonly requestId?: string | undefined
  /** Small, flat, free of secrets. */
  readonly detail?: Readonly<Record<string, string | number | boolean>> | undefined
  /**
   * Where it is set, the event is one that unknown callers can cause as often as they like. The first of its kind is a row at once;
   * those of the next 15 minutes are counted, and their count is one row (`count`, `since`). It is not read back.
   */
  readonly tally?: Tally | undefined
}

/** Which events are of one kind. */
export interface Tally {
  /** A digest of the action, the subject and the address prefix. */
  readonly key: string
  /**
   * How many kinds of this action without a subject may be counted at the same time. All further ones are one kind, without an
   * address. Default is any number.
   */
  readonly most?: number | undefined
}

/** An event dated now. Its actor is the caller, unless the event names another. */
export const auditEvent = (
  event: Omit<AuditEvent, 'at' | 'address' | 'requestId'>,
  { subject, context }: Caller,
  deps: { readonly clock: Pick<Clock, 'now'> },
): AuditEvent => ({
  actor: subject,
  ...event,
  at: deps.clock.now(),
  address: context.address,
  requestId: context.requestId,
})

/** What every event about an Authorization says of it. */
export const about = (
  authorization: Authorization,
): Pick<AuditEvent, 'subject' | 'authorizationId' | 'clientId' | 'dialect'> => ({
  subject: authorization.subject,
  authorizationId: authorization.id,
  clientId: authorization.clientId,
  dialect: authorization.dialect,
})
