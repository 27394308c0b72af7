import type { Fault } from '../../conformance/scenario/scenario.ts'

/** What another connection runs so that the database itself refuses a write, and what ends it. There may be one for each table. */
export const sqliteFault = (fault: Fault): { readonly inject: readonly string[]; readonly mend: readonly string[] } => {
  if (fault === 'commit') return { inject: failingCommit, mend: mendedCommit }
  const { table, on, when = 'true' } = fault
  const name = `injected_${table}`
  const trigger = `create trigger ${name} before ${on} on ${table} when ${when} begin select raise(abort, 'injected'); end`
  return { inject: [trigger], mend: [`drop trigger ${name}`] }
}

/** A reference to nothing, which SQLite looks at only when the transaction ends. */
const failingCommit = [
  'create table injected_parents (id integer primary key)',
  `create table injected_orphans
     (parent integer references injected_parents (id) deferrable initially deferred)`,
  'create trigger injected after insert on audit begin insert into injected_orphans values (1); end',
  'create trigger injected_too after insert on rotations begin insert into injected_orphans values (1); end',
]
const mendedCommit = [
  'drop trigger injected',
  'drop trigger injected_too',
  'drop table injected_orphans',
  'drop table injected_parents',
]
