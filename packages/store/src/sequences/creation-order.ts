import { type Expression, type SqlBool, sql } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import { integer, text } from '../schema/kind.ts'
import type { Table } from '../schema/row.ts'
import { select } from '../schema/statement.ts'
import { pageOf } from './page.ts'

/** The tables that are listed in the order in which their rows were made. */
type Ordered = 'users' | 'clients' | 'client_credentials' | 'apis'

/** The place of a new row: after all others. The unit must be alone on the order of the table. */
export const nextPlace = (table: Ordered | 'key_sets') =>
  sql<number>`(select coalesce(max(placed.sequence), 0) + 1 from ${sql.table(table)} as placed)`

/**
 * The rows after the one with the id `after`. If that row is gone, those from the first one with a later id on: ids begin with
 * the time of creation, so a reader may see a row of the same second twice, but misses none.
 */
const madeAfter = (table: Ordered, after: Expression<string>) => {
  const rows = sql.table(table)
  return sql<SqlBool>`(sequence, id) > (coalesce(
    (select last.sequence from ${rows} as last where last.id = ${after}),
    (select min(later.sequence) - 1 from ${rows} as later where later.id > ${after})
  ), ${after})`
}

/** Reads a table page by page. */
export const pagesOf = <N extends Ordered, D, T extends { readonly id: string }>(table: Table<N, D, T>) => {
  const limit = { limit: integer } as const
  const first = select(table, limit, (rows, slots) => rows.orderBy(place).orderBy(id).limit(slots.limit))
  const later = select(table, { ...limit, after: text }, (rows, slots) =>
    rows.where(madeAfter(table.name, slots.after)).orderBy(place).orderBy(id).limit(slots.limit),
  )
  return async (read: Executor, page: { readonly limit: number; readonly after?: string | undefined }) => {
    const { after } = page
    const asked = { limit: page.limit + 1 }
    return pageOf(
      await (after === undefined ? read.all(first, asked) : read.all(later, { ...asked, after })),
      page.limit,
    )
  }
}

const place = sql`sequence`
const id = sql`id`
