import { isKey, t, wordFor } from '../language/messages.ts'
import type { AuditEvent } from './read.ts'

const alarms: ReadonlySet<string> = new Set([
  'login_failed',
  'account_locked',
  'authorization_reused',
  'key_revoked',
  'clock_reset',
])

export const toneOf = ({ action }: Pick<AuditEvent, 'action'>): 'bad' | 'plain' =>
  alarms.has(action) ? 'bad' : 'plain'

/** What happened, in words. */
export const wordsOf = (action: string): string => wordFor('action', action)

/** The further facts of an event, as `name: value`. */
export const detailsOf = ({ detail }: AuditEvent): readonly string[] =>
  Object.entries(detail).map(([name, value]) => {
    const key = `detail.${name}`
    return `${isKey(key) ? t(key) : name.replaceAll('_', ' ')}: ${value}`
  })

export const actions = [
  'authorization_created',
  'authorization_rotated',
  'authorization_reused',
  'refresh_repeated',
  'refresh_late',
  'authorization_revoked',
  'authorizations_revoked',
  'token_revoked',
  'token_exchanged',
  'login_failed',
  'account_locked',
  'account_unlocked',
  'user_created',
  'user_changed',
  'user_deleted',
  'password_changed',
  'factors_changed',
  'ownership_transferred',
  'client_created',
  'client_changed',
  'client_deleted',
  'credential_created',
  'credential_revoked',
  'api_created',
  'api_changed',
  'api_deleted',
  'keys_rotated',
  'key_revoked',
  'droplet_changed',
  'setting_changed',
  'issuer_changed',
  'clock_reset',
  'database_restored',
  'database_imported',
  'audit_exported',
  'audit_dropped',
] as const
