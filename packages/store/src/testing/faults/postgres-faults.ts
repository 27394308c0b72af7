import type { Fault } from '../../conformance/scenario/scenario.ts'

/**
 * What another connection runs so that the database itself refuses a write, and what ends it. There may be one for each table.
 *
 * @param condition PostgreSQL's name of the error. Default is `raise_exception`.
 */
export const postgresFault = (
  fault: Fault,
  condition = 'raise_exception',
): { readonly inject: readonly string[]; readonly mend: readonly string[] } => {
  const name = fault === 'commit' ? 'injected' : `injected_${fault.table}`
  return {
    inject: [
      `create function ${name}() returns trigger language plpgsql
         as $$ begin raise exception using errcode = '${condition}', message = 'injected'; end $$`,
      ...(fault === 'commit' ? failingCommit(name) : [refusing(name, fault)]),
    ],
    mend: [`drop function ${name} cascade`],
  }
}

const refusing = (name: string, { table, on, when = 'true' }: Exclude<Fault, 'commit'>): string =>
  `create trigger ${name} before ${on} on ${table} for each row when (${when}) execute function ${name}()`

/** Constraints that are looked at only when the transaction ends. */
const failingCommit = (name: string): readonly string[] =>
  ['audit', 'rotations'].map(
    (table) => `create constraint trigger ${name} after insert on ${table}
      deferrable initially deferred for each row execute function ${name}()`,
  )
