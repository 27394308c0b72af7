import { issuingSeconds, longestAccessSeconds } from '@countersign/core'
import type { Ddl, Guard } from '../engine/ddl.ts'
import type { Migration, Step } from './migration.ts'

/** The revocation feed: what ended before its time, and the id that tells one feed from another. */
export const revocations: Migration = {
  version: 7,
  name: 'revocations',
  steps: (ddl, now) => [
    table(ddl),
    // Garbage collection finds what is over.
    ddl.schema.createIndex('revocations_by_end').on('revocations').columns(['until']),
    ...['revocations_given', 'revocations_forgotten'].map(
      (name) => `insert into marks (name, value) values ('${name}', 0)`,
    ),
    newFeed(ddl),
    ...(ddl.firstVersion < 7 ? doubtOf(now) : []),
    ...guards.flatMap((guard) => ddl.guard(guard)),
  ],
}

const table = ({ schema, integer, keyed }: Ddl): Step =>
  keyed(
    schema
      .createTable('revocations')
      .addColumn('sequence', integer, (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('before', integer, (column) => column.notNull())
      .addColumn('until', integer, (column) => column.notNull())
      .addColumn('apis', 'text')
      .addPrimaryKeyConstraint('revocations_key', ['sequence']),
  )

const newFeed = ({ randomHex }: Ddl): Step => `insert into served (name, value) values ('feed', ${randomHex(11)})`

/**
 * The feed tells nothing of what was ended before. So every token of before is doubtful, as after a restore. A new database has
 * none.
 */
const doubtOf = (now: number): readonly Step[] => [
  `insert into revocations (sequence, kind, id, "before", "until")
     select place, kind, '*', at + ${issuingSeconds}, at + ${issuingSeconds + longestAccessSeconds}
     from (select 1 as place, 'subject' as kind union all select 2, 'client'),
       (select max(value, ${now}) as at from marks where name = 'clock_high_water')
     where exists (select 1 from authorizations)`,
  `update marks set value = (select count(*) from revocations) where name = 'revocations_given'`,
]

const mark = (name: string) => `(select value from marks where name = '${name}')`

/** No position is given twice, and nothing is removed that a reader would not be told of. */
const guards: readonly Guard[] = [
  {
    name: 'revocations_are_in_order',
    table: 'revocations',
    refuses: 'insert',
    when: `new.sequence <> ${mark('revocations_given')}`,
  },
  { name: 'revocations_are_not_rewritten', table: 'revocations', refuses: 'update' },
  {
    name: 'revocations_are_not_erased',
    table: 'revocations',
    refuses: 'delete',
    when: `old.sequence > ${mark('revocations_forgotten')}`,
  },
]
