import { type CreateTableBuilder, sql } from 'kysely'
import type { Ddl, Guard } from '../engine/ddl.ts'
import type { Migration, Step } from './migration.ts'

/** Rotations in a trail of their own, indexes for the filters of both, what was exported and may go, counts of alike events. */
export const trail: Migration = {
  version: 5,
  name: 'trail',
  steps: (ddl) => [
    ...tables(ddl),
    ...ddl.unguard({ name: 'audit_is_not_erased', table: 'audit' }),
    ...move,
    ...indexes(ddl),
    ...guardsOf(ddl).flatMap((guard) => ddl.guard(guard)),
    ...['audit_dropped', 'rotations_dropped'].map((name) => `insert into marks (name, value) values ('${name}', 0)`),
  ],
}

const tables = (ddl: Ddl): readonly Step[] => {
  const { schema, integer } = ddl
  const withTexts = (table: CreateTableBuilder<string, string>, columns: readonly string[]) =>
    columns.reduce((made, column) => made.addColumn(column, 'text'), table)
  return [
    ddl.counted(
      withTexts(
        schema
          .createTable('rotations')
          .addColumn('sequence', integer, (column) => column.primaryKey())
          .addColumn('at', integer, (column) => column.notNull()),
        [
          ...['subject_kind', 'subject_id', 'authorization_id', 'client_id', 'dialect', 'address'],
          ...['request_id', 'detail'],
        ],
      ),
    ),
    ddl.keyed(
      withTexts(
        schema
          .createTable('audit_tallies')
          .addColumn('key', 'text', (column) => column.notNull())
          .addColumn('action', 'text', (column) => column.notNull())
          .addColumn('count', integer, (column) => column.notNull())
          .addColumn('since', integer, (column) => column.notNull()),
        ['actor_kind', 'actor_id', 'subject_kind', 'subject_id', 'address'],
      ).addPrimaryKeyConstraint('audit_tallies_key', ['key']),
    ),
    ddl.keyed(
      schema
        .createTable('audit_exports')
        .addColumn('through', integer, (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('audit_exports_key', ['through']),
    ),
  ]
}

const moved =
  'sequence, at, subject_kind, subject_id, authorization_id, client_id, dialect, address, request_id, detail'

const move: readonly Step[] = [
  `insert into rotations (${moved}) select ${moved} from audit where action = 'authorization_rotated'`,
  `delete from audit where action = 'authorization_rotated'`,
]

const indexes = ({ schema }: Ddl): readonly Step[] => {
  const byColumn = (table: string, name: string, column: string) =>
    schema.createIndex(`${table}_by_${name}`).on(table).columns([column, 'at']).where(sql.ref(column), 'is not', null)
  const shared = (table: string) => [
    schema.createIndex(`${table}_by_time`).on(table).columns(['at']),
    byColumn(table, 'subject', 'subject_id'),
    byColumn(table, 'authorization', 'authorization_id'),
    byColumn(table, 'client', 'client_id'),
  ]
  return [
    ...shared('audit'),
    byColumn('audit', 'actor', 'actor_id'),
    schema.createIndex('audit_by_action').on('audit').columns(['action', 'at']),
    ...shared('rotations'),
    schema.createIndex('audit_tallies_by_beginning').on('audit_tallies').columns(['since']),
    schema
      .createIndex('audit_tallies_of_nobody')
      .on('audit_tallies')
      .columns(['action'])
      .where(sql.ref('subject_id'), 'is', null),
  ]
}

/** As far as the trail was exported. */
const exported = '(select coalesce(max(through), 0) from audit_exports)'
const mark = (name: string) => `(select value from marks where name = '${name}')`

/** Nothing is written where it would count as exported, and nothing goes but what was exported or let go. */
const guardsOf = ({ greatest }: Ddl): readonly Guard[] => [
  { name: 'audit_is_in_order', table: 'audit', refuses: 'insert', when: `new.sequence <= ${exported}` },
  {
    name: 'audit_is_not_erased',
    table: 'audit',
    refuses: 'delete',
    when: `old.sequence > ${greatest(exported, mark('audit_dropped'))}`,
  },
  { name: 'rotations_are_in_order', table: 'rotations', refuses: 'insert', when: `new.sequence <= ${exported}` },
  { name: 'rotations_are_not_rewritten', table: 'rotations', refuses: 'update' },
  {
    name: 'rotations_are_not_erased',
    table: 'rotations',
    refuses: 'delete',
    when: `old.sequence > ${mark('rotations_dropped')}`,
  },
  { name: 'audit_exports_are_kept', table: 'audit_exports', refuses: 'update' },
]
