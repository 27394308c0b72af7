import type { Fault } from '../../conformance/scenario/scenario.ts'

/**
 * What another connection runs so that the database itself refuses a write, and what ends it.
 *
 * @param condition PostgreSQL's name of the error. Default is `raise_exception`.
 */
export const postgresFault = (
  fault: Fault,
  condition = 'raise_exception',
): { readonly inject: readonly string[]; readonly mend: readonly string[] } => ({
  inject: [raising(condition), ...(fault === 'commit' ? failingCommit : [refusing(fault)])],
  mend: ['drop function injected cascade'],
})

const raising = (condition: string): string => `create or replace function injected() returns trigger language plpgsql
  as $$ begin raise exception using errcode = '${condition}', message = 'injected'; end $$`

const refusing = ({ table, on, when = 'true' }: Exclude<Fault, 'commit'>): string =>
  `create trigger injected before ${on} on ${table} for each row when (${when}) execute function injected()`

/** Constraints that are looked at only when the transaction ends. */
const failingCommit = ['audit', 'rotations'].map(
  (table) => `create constraint trigger injected after insert on ${table}
    deferrable initially deferred for each row execute function injected()`,
)
