import type { Database } from '../schema/database.ts'

/**
 * What happens to each table when a backup is restored over a database that is a later state of it. A table that is missing here
 * is a compile error.
 *
 * `later`: as the replaced database has it. `backup`: as the backup has it. `added`: the replaced database's later rows are
 * added. `merged`: row by row, see carry-over.ts. A row that only the backup has was ended since.
 */
export type Fate = 'later' | 'backup' | 'added' | 'merged'

export const fates: Readonly<Record<keyof Database, Fate>> = {
  authorizations: 'merged',
  revoked_tokens: 'merged',
  users: 'merged',
  clients: 'merged',
  client_credentials: 'merged',
  enrolments: 'merged',
  recovery_codes: 'merged',
  marks: 'merged',
  // Revoked and superseded since. A session that was refreshed since needs the newest set.
  key_sets: 'later',
  // Failed attempts, and locks.
  counters: 'later',
  // They bound how long tokens live.
  settings: 'later',
  // Clients and Authorizations name them by id.
  apis: 'later',
  served: 'later',
  // The same secret in both, under the same master key.
  sealed_secrets: 'later',
  // Begun anew: see transfer/after-restore.ts.
  revocations: 'backup',
  // Exports continue the file that they have written to.
  audit_exports: 'later',
  audit_tallies: 'later',
  audit: 'added',
  rotations: 'added',
  issue_counts: 'backup',
  droplets: 'backup',
  recent_files: 'backup',
  schema_versions: 'backup',
}

/** The mutable columns of an Authorization are carried over. Guards of the schema fix the others. */
export const authorizationColumns: Readonly<Record<keyof Database['authorizations'], 'fixed' | 'carried'>> = {
  id: 'fixed',
  kind: 'fixed',
  subject_kind: 'fixed',
  subject_id: 'fixed',
  client_id: 'fixed',
  client_epoch: 'fixed',
  dialect: 'fixed',
  role_ceiling: 'fixed',
  scope: 'fixed',
  audience: 'fixed',
  apis: 'fixed',
  factors: 'fixed',
  created_at: 'fixed',
  secret_digest: 'fixed',
  authenticated_at: 'fixed',
  idle_seconds: 'fixed',
  access_form: 'fixed',
  access_lifetime_seconds: 'fixed',
  mask: 'fixed',
  label: 'fixed',
  epoch: 'carried',
  expires_at: 'carried',
  generation: 'carried',
  refresh_key_number: 'carried',
  retry_key_digest: 'carried',
  rotated_at: 'carried',
  rotated_from: 'carried',
  repeats: 'carried',
  last_used_at: 'carried',
  last_used_from_address: 'carried',
  last_used_from_agent: 'carried',
  last_used_from_client_id: 'carried',
  revoked_at: 'carried',
}
