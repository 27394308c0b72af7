import { type SqlBool, sql } from 'kysely'

/** The tables that are listed in the order in which their rows were made. */
type Ordered = 'users' | 'clients' | 'client_credentials'

/** The place of a row that is being inserted: after all others. */
export const nextPlace = (table: Ordered) =>
  sql<number>`(select coalesce(max(placed.sequence), 0) + 1 from ${sql.table(table)} as placed)`

/**
 * What comes after the row with the id `after`. Is that row gone meanwhile, then from the first one with a later id on: ids
 * begin with the time of creation, so a reader may see one twice that was made in the same second, but misses none.
 */
export const madeAfter = (table: Ordered, after: string) => {
  const rows = sql.table(table)
  return sql<SqlBool>`(sequence, id) > (coalesce(
    (select last.sequence from ${rows} as last where last.id = ${after}),
    (select min(later.sequence) - 1 from ${rows} as later where later.id > ${after})
  ), ${after})`
}
