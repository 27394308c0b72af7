import type { Subject } from '../principals/subject.ts'

/** What happened, in the past tense; a closed list, so that a reader of the trail can rely on it. */
export type AuditAction =
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
  | 'credential_created'
  | 'credential_revoked'
  | 'keys_rotated'
  | 'key_revoked'
  | 'account_unlocked'
  | 'clock_reset'
  | 'database_restored'
  | 'issuer_changed'
  | 'droplet_changed'
  | 'setting_changed'

/**
 * One row of the trail, written in the commit of the change that it records (S12).
 *
 * It carries identifiers, never a secret. `subject` is the principal the change is about, `actor` the one who asked for
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
}

/** A row as it is read back, with its place in the trail. */
export interface AuditEntry extends AuditEvent {
  readonly sequence: number
}

/** Reads the trail; writing is part of each transition of the other ports. */
export interface AuditTrail {
  /** Newest first. `before` is the sequence of the last entry of the page before. */
  list(page: { readonly before?: number | undefined; readonly limit: number }): Promise<readonly AuditEntry[]>
}
