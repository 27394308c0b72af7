import { sql } from 'kysely'
import type { Ddl, Guard } from '../engine/ddl.ts'
import type { Migration, Step } from './migration.ts'

/** What writes on a proof depend on, how long sessions may be idle, where a refresh came from, when counters end. */
export const proofs: Migration = {
  version: 3,
  name: 'proofs',
  steps: (ddl) => [...columns(ddl), ...fill, ...indexes(ddl), ...guards.flatMap((guard) => ddl.guard(guard))],
}

const columns = ({ schema, integer }: Ddl): readonly Step[] => [
  schema.alterTable('users').addColumn('version', integer, (column) => column.notNull().defaultTo(0)),
  schema.alterTable('users').addColumn('name_skeleton', 'text', (column) => column.notNull().defaultTo('')),
  schema.alterTable('users').addColumn('must_change_since', integer),
  schema.alterTable('users').addColumn('password_stands_alone', integer),
  schema.alterTable('authorizations').addColumn('authenticated_at', integer),
  schema.alterTable('authorizations').addColumn('idle_seconds', integer),
  schema.alterTable('authorizations').addColumn('rotated_from', 'text'),
  schema.alterTable('authorizations').addColumn('repeats', integer, (column) => column.notNull().defaultTo(0)),
  schema.alterTable('counters').addColumn('ends_at', integer, (column) => column.notNull().defaultTo(0)),
]

/** Names were ASCII so far: three characters of it have another one as their skeleton (UTS #39 §4). */
const fill: readonly Step[] = [
  `update users set name_skeleton = replace(replace(replace(canonical_name, 'm', 'rn'), '1', 'l'), '0', 'o')`,
  `update users set password_stands_alone = 1 where required_factors = '["password"]'`,
  `update counters set ends_at = case
     when succeeded_at is not null and succeeded_at + 7776000 > blocked_until + 900 then succeeded_at + 7776000
     when window_started_at > blocked_until then window_started_at + 900
     else blocked_until + 900 end`,
]

const indexes = ({ schema }: Ddl): readonly Step[] => [
  schema.createIndex('users_by_skeleton').on('users').columns(['name_skeleton']),
  schema.createIndex('counters_by_end').on('counters').columns(['ends_at']),
  // How many of one sort a subject has: `revoked_at` is in it so that counting reads no row.
  schema
    .createIndex('authorizations_live_of_sort')
    .on('authorizations')
    .columns(['subject_kind', 'subject_id', 'kind', 'dialect', 'client_id', 'revoked_at'])
    .where(sql.ref('revoked_at'), 'is', null),
]

const guards: readonly Guard[] = [
  {
    // A write on a proof is conditional on the version: whatever changes a way in has to raise it.
    name: 'users_version_rises',
    table: 'users',
    refuses: 'update',
    columns: ['required_factors', 'disabled_at', 'sessions_epoch', 'personal_epoch', 'must_change_since'],
    when: 'new.version <= old.version',
  },
  {
    name: 'authorizations_login_is_fixed',
    table: 'authorizations',
    refuses: 'update',
    columns: ['authenticated_at', 'idle_seconds'],
  },
]
