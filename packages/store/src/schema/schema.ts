import type {
  AccessForm,
  AuditAction,
  AuthorizationKind,
  ClientRole,
  Enrolment,
  Factor,
  Role,
  SigningAlgorithm,
  Subject,
  TokenForm,
} from '@countersign/core'
import type { Droplet } from '@countersign/resources'

/** A list or a record, stored as JSON text; the type says of what. */
export type Json<T> = string & { readonly __json?: T }

/**
 * The tables, once for every engine. Times are epoch seconds; digests are SHA-256. No column holds a secret that
 * anybody could present: digests and sealed keys only (I6).
 */
export interface Database {
  authorizations: AuthorizationsTable
  revoked_tokens: RevokedTokensTable
  users: UsersTable
  clients: ClientsTable
  client_credentials: ClientCredentialsTable
  key_sets: KeySetsTable
  counters: CountersTable
  issue_counts: IssueCountsTable
  marks: MarksTable
  audit: AuditTable
  rotations: RotationsTable
  audit_tallies: AuditTalliesTable
  audit_exports: AuditExportsTable
  droplets: DropletsTable
  enrolments: EnrolmentsTable
  recovery_codes: RecoveryCodesTable
  settings: SettingsTable
  recent_files: RecentFilesTable
  served: ServedTable
  schema_versions: SchemaVersionsTable
}

export interface AuthorizationsTable {
  id: string
  kind: AuthorizationKind
  subject_kind: Subject['kind']
  subject_id: string
  client_id: string
  client_epoch: number | null
  dialect: string
  role_ceiling: Role
  scope: Json<readonly string[]>
  audience: Json<readonly string[]>
  factors: Json<readonly Factor[]>
  epoch: number
  access_form: AccessForm
  access_lifetime_seconds: number
  created_at: number
  expires_at: number | null
  generation: number
  refresh_key_number: number | null
  retry_key_digest: Uint8Array | null
  rotated_at: number | null
  revoked_at: number | null
  last_used_at: number | null
  secret_digest: Uint8Array | null
  mask: string | null
  label: string | null
  /** NULL: `created_at`. */
  authenticated_at: number | null
  idle_seconds: number | null
  rotated_from: string | null
  repeats: number
}

export interface RevokedTokensTable {
  authorization_id: string
  token_id: string
  expires_at: number
}

export interface UsersTable {
  id: string
  username: string
  canonical_name: string
  role: Role
  required_factors: Json<readonly Factor[]>
  password_hash: string | null
  created_at: number
  disabled_at: number | null
  sessions_epoch: number
  personal_epoch: number
  /** The order of creation. */
  sequence: number
  version: number
  name_skeleton: string
  must_change_since: number | null
  /** 1: acceptable by itself. 0: only beside a code. NULL: not known. */
  password_stands_alone: 0 | 1 | null
}

export interface ClientsTable {
  id: string
  name: string
  role: ClientRole
  audience: Json<readonly string[]>
  scope: Json<readonly string[]>
  token_form: TokenForm
  access_lifetime_seconds: number | null
  reuse_leeway_seconds: number
  created_at: number
  disabled_at: number | null
  epoch: number
  type: string | null
  sequence: number
}

export interface ClientCredentialsTable {
  id: string
  client_id: string
  secret_digest: Uint8Array
  created_at: number
  expires_at: number | null
  revoked_at: number | null
  sequence: number
}

export interface KeySetsTable {
  /** The order in which sets were added; numbers may be given again after a set was removed. */
  sequence: number
  number: number
  kid: string
  algorithm: SigningAlgorithm
  public_jwk: string
  sealed: Uint8Array
  created_at: number
  activates_at: number
  superseded_at: number | null
  revoked_at: number | null
}

export interface CountersTable {
  key: string
  failures: number
  strikes: number
  window_started_at: number
  blocked_until: number
  succeeded_at: number | null
  /** From then on the row means nothing. */
  ends_at: number
}

export interface IssueCountsTable {
  client_id: string
  minute: number
  issued: number
}

export interface MarksTable {
  name:
    | 'clock_high_water'
    | 'keys_revision'
    | 'next_droplet_number'
    | 'wrong_codes_of_nobody'
    | 'audit_dropped'
    | 'rotations_dropped'
  value: number
}

export interface AuditTable {
  sequence: number
  at: number
  action: AuditAction
  actor_kind: Subject['kind'] | null
  actor_id: string | null
  subject_kind: Subject['kind'] | null
  subject_id: string | null
  authorization_id: string | null
  client_id: string | null
  dialect: string | null
  address: string | null
  request_id: string | null
  detail: Json<Readonly<Record<string, string | number | boolean>>> | null
}

/** The trail of `authorization_rotated`; whom it concerns is also who did it. Places are shared with `audit`. */
export interface RotationsTable {
  sequence: number
  at: number
  subject_kind: Subject['kind'] | null
  subject_id: string | null
  authorization_id: string | null
  client_id: string | null
  dialect: string | null
  address: string | null
  request_id: string | null
  detail: AuditTable['detail']
}

/** How often an event happened since its row, by kind. */
export interface AuditTalliesTable {
  key: string
  action: AuditAction
  actor_kind: Subject['kind'] | null
  actor_id: string | null
  subject_kind: Subject['kind'] | null
  subject_id: string | null
  address: string | null
  /** Not told yet. */
  count: number
  since: number
}

/** Each export of the trail: its last entry, and the hash of that one's line. */
export interface AuditExportsTable {
  through: number
  hash: string
}

export interface DropletsTable {
  id: string
  number: number
  name: string
  state: Droplet['state']
  creator: string
  created_at: number
  changed_at: number
  ports: Json<Droplet['ports']>
}

export interface EnrolmentsTable {
  user_id: string
  slot: Enrolment['slot']
  sealed: Uint8Array
  created_at: number
  confirmed_at: number | null
  last_step: number
  failures: number
}

export interface RecoveryCodesTable {
  user_id: string
  digest: Uint8Array
  spent_at: number | null
}

export interface SettingsTable {
  name: string
  value: number
}

/** A file is one path in one place; `id` is the place's. */
export interface RecentFilesTable {
  user_id: string
  id: string
  path: string
  name: string
  revision: string
  seen_at_milliseconds: number
}

/** What the last `serve` said. */
export interface ServedTable {
  name: 'issuer'
  value: string
}

export interface SchemaVersionsTable {
  version: number
  name: string
  applied_at: number
}
