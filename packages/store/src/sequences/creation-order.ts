import { type Expression, type SqlBool, sql } from 'kysely'

/** The tables that are listed in the order in which their rows were made. */
type Ordered = 'users' | 'clients' | 'client_credentials'

/** The place of a new row: after all others. The unit must be alone on the order of the table. */
export const nextPlace = (table: Ordered) =>
  sql<number>`(select coalesce(max(placed.sequence), 0) + 1 from ${sql.table(table)} as placed)`

/**
 * The rows after the one with the id `after`. If that row is gone, those from the first one with a later id on: ids begin with
 * the time of creation, so a reader may see a row of the same second twice, but misses none.
 */
export const madeAfter = (table: Ordered, after: Expression<string>) => {
  const rows = sql.table(table)
  return sql<SqlBool>`(sequence, id) > (coalesce(
    (select last.sequence from ${rows} as last where last.id = ${after}),
    (select min(later.sequence) - 1 from ${rows} as later where later.id > ${after})
  ), ${after})`
}
