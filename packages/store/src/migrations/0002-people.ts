import { sql } from 'kysely'
import type { Ddl, Guard } from '../engine/ddl.ts'
import type { Migration, Step } from './migration.ts'

/** Second factors, settings, recent files; the order in which principals were made; a client's type. */
export const people: Migration = {
  version: 2,
  name: 'people',
  steps: (ddl) => [
    ddl.schema.alterTable('clients').addColumn('type', 'text'),
    ...['users', 'clients', 'client_credentials'].flatMap((table) => inOrderOfCreation(ddl, table)),
    ...tables(ddl),
    ...indexes(ddl),
    ...guards.flatMap((guard) => ddl.guard(guard)),
    `insert into marks (name, value) values ('wrong_codes_of_nobody', 0)`,
  ],
}

/** Times are whole seconds and ids are random within one: neither says which of two was made first. */
const inOrderOfCreation = ({ schema, integer }: Ddl, table: string): readonly Step[] => [
  schema.alterTable(table).addColumn('sequence', integer, (column) => column.notNull().defaultTo(0)),
  `update ${table} set sequence = numbered.place
     from (select id as made, row_number() over (order by created_at, id) as place from ${table}) as numbered
     where numbered.made = ${table}.id`,
  schema.createIndex(`${table}_by_sequence`).on(table).columns(['sequence', 'id']),
]

const tables = (ddl: Ddl): readonly Step[] => {
  const { schema, integer, bytes } = ddl
  /** A table whose rows belong to a user and are deleted with them. */
  const ofUser = (name: string) =>
    schema
      .createTable(name)
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addForeignKeyConstraint(`${name}_of`, ['user_id'], 'users', ['id'], (key) => key.onDelete('cascade'))
  return [
    ddl.keyed(
      ofUser('enrolments')
        .addColumn('slot', 'text', (column) => column.notNull())
        .addColumn('sealed', bytes, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('confirmed_at', integer)
        .addColumn('last_step', integer, (column) => column.notNull())
        .addColumn('failures', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('enrolments_key', ['user_id', 'slot']),
    ),
    ddl.keyed(
      ofUser('recovery_codes')
        .addColumn('digest', bytes, (column) => column.notNull())
        .addColumn('spent_at', integer)
        .addPrimaryKeyConstraint('recovery_codes_key', ['user_id', 'digest']),
    ),
    ddl.keyed(
      ofUser('recent_files')
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('path', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('revision', 'text', (column) => column.notNull())
        .addColumn('seen_at_milliseconds', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('recent_files_key', ['user_id', 'id', 'path']),
    ),
    ddl.keyed(
      schema
        .createTable('settings')
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('settings_key', ['name']),
    ),
  ]
}

/** Both leave sessions out, which are nearly all rows: a login pays for no index that only an administrator reads. */
const indexes = ({ schema }: Ddl): readonly Step[] => [
  schema
    .createIndex('authorizations_live_by_kind')
    .on('authorizations')
    .columns(['kind', 'id'])
    .where(sql.ref('kind'), '<>', sql.lit('session'))
    .where(sql.ref('revoked_at'), 'is', null),
  // Sessions through a built-in client, which cannot be removed, have no epoch of it.
  schema
    .createIndex('authorizations_live_through')
    .on('authorizations')
    .columns(['client_id'])
    .where(sql.ref('client_epoch'), 'is not', null)
    .where(sql.ref('revoked_at'), 'is', null),
]

const guards: readonly Guard[] = [
  {
    name: 'recovery_codes_stay_spent',
    table: 'recovery_codes',
    refuses: 'update',
    columns: ['spent_at'],
    when: 'old.spent_at is not null and (new.spent_at is null or new.spent_at <> old.spent_at)',
  },
  { name: 'recovery_codes_are_fixed', table: 'recovery_codes', refuses: 'update', columns: ['user_id', 'digest'] },
  {
    name: 'enrolments_last_step_rises',
    table: 'enrolments',
    refuses: 'update',
    columns: ['last_step'],
    when: 'new.last_step < old.last_step',
  },
  {
    name: 'enrolments_stay_confirmed',
    table: 'enrolments',
    refuses: 'update',
    columns: ['confirmed_at'],
    when: 'old.confirmed_at is not null and (new.confirmed_at is null or new.confirmed_at <> old.confirmed_at)',
  },
  { name: 'enrolments_secret_is_fixed', table: 'enrolments', refuses: 'update', columns: ['user_id', 'sealed'] },
  {
    name: 'client_credentials_expiry_is_kept',
    table: 'client_credentials',
    refuses: 'update',
    columns: ['expires_at'],
    when: 'old.expires_at is not null and (new.expires_at is null or new.expires_at > old.expires_at)',
  },
  // I7: never zero owners. No other connection sees the state between the two steps of a transfer.
  { name: 'users_owner_is_kept', table: 'users', refuses: 'delete', when: "old.role = 'owner'" },
  {
    name: 'users_owner_is_enabled',
    table: 'users',
    refuses: 'update',
    columns: ['role', 'disabled_at'],
    when: "new.role = 'owner' and new.disabled_at is not null",
  },
]
