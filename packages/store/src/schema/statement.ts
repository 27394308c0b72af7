import {
  type Compilable,
  type DeleteQueryBuilder,
  type DeleteResult,
  type InsertQueryBuilder,
  type InsertResult,
  type Kysely,
  type RawBuilder,
  type SelectQueryBuilder,
  sql,
  type UpdateQueryBuilder,
  type UpdateResult,
} from 'kysely'
import type { Column, Key, RowsRead, Statement } from '../engine/statement.ts'
import type { Database } from './database.ts'
import { integer } from './kind.ts'
import { type Definition, type Given, type Slots, type Stored, slotsByColumn, slotsOf, type Table } from './row.ts'

/**
 * Declares a statement and its parameters. Inside `build`, `slots.x` stands for the value of `x` wherever a value may stand.
 *
 * ```ts
 * const remove = statement({ id: text }, (db, { id }) => db.deleteFrom('users').where('id', '=', id))
 * ```
 *
 * @param decode Is given the columns in the order of the select list. Default is an object with a property per column.
 */
export function statement<const P extends Definition, R>(
  parameters: P,
  build: (db: Kysely<Database>, slots: Slots<P>) => Compilable<R>,
): Statement<Given<P>, R>
export function statement<const P extends Definition, R>(
  parameters: P,
  build: (db: Kysely<Database>, slots: Slots<P>) => Compilable<unknown>,
  decode: (columns: readonly Column[]) => R,
): Statement<Given<P>, R>
export function statement(
  parameters: Definition,
  build: (db: Kysely<Database>, slots: never) => Compilable<unknown>,
  decode?: (columns: readonly Column[]) => unknown,
): Statement<never, unknown> {
  const slots = slotsOf(parameters) as never
  return { build: (db) => build(db as unknown as Kysely<Database>, slots), decode }
}

/** Decodes the only column of a statement; NULL is 0. */
export const number = ([value]: readonly Column[]): number => integer.decode(value ?? 0)

type Name = keyof Database

/** Reads rows of a table: select list and decoder are the table's. */
export const select = <N extends Name, D, T, const P extends Definition>(
  from: Table<N, D, T>,
  parameters: P,
  which: (rows: SelectQueryBuilder<Database, N, Stored<D>>, slots: Slots<P>) => Compilable<unknown>,
): Statement<Given<P>, T> =>
  statement(
    parameters,
    (db, slots) => which(db.selectFrom(from.name as Name).select(from.columns as never) as never, slots),
    (columns) => from.decode(columns),
  )

/** Counts rows of a table. */
export const countRows = <N extends Name, const P extends Definition>(
  table: N,
  parameters: P,
  which: (rows: SelectQueryBuilder<Database, N, unknown>, slots: Slots<P>) => Compilable<unknown>,
): Statement<Given<P>, number> =>
  statement(
    parameters,
    (db, slots) => which(db.selectFrom(table as Name).select((eb) => eb.fn.countAll().as('count')) as never, slots),
    number,
  )

/** Writes a row of a table, given as the domain has it. `values` are its columns. */
export const insert = <N extends Name, D>(
  into: Table<N, D, unknown>,
  build: (
    rows: InsertQueryBuilder<Database, N, InsertResult>,
    values: ReturnType<typeof slotsByColumn<D>>,
    db: Kysely<Database>,
  ) => Compilable<unknown> = (rows, values) => rows.values(values as never),
): Statement<Given<D>, unknown> => {
  const values = slotsByColumn(into)
  return statement({}, (db) => build(db.insertInto(into.name as Name) as never, values, db)) as Statement<
    Given<D>,
    unknown
  >
}

export const update = <N extends Name, const P extends Definition>(
  table: N,
  parameters: P,
  build: (rows: UpdateQueryBuilder<Database, N, N, UpdateResult>, slots: Slots<P>) => Compilable<unknown>,
): Statement<Given<P>, unknown> =>
  statement(parameters, (db, slots) => build(db.updateTable(table as Name) as never, slots))

export const remove = <N extends Name, const P extends Definition>(
  table: N,
  parameters: P,
  build: (rows: DeleteQueryBuilder<Database, N, DeleteResult>, slots: Slots<P>) => Compilable<unknown>,
): Statement<Given<P>, unknown> => ({
  ...statement(parameters, (db, slots) => build(db.deleteFrom(table as Name) as never, slots)),
  ...(referred.has(table) ? {} : { unreferred: true }),
})

/** The tables that foreign keys refer to. */
export const referred: ReadonlySet<Name> = new Set(['authorizations', 'clients', 'users'])

/** For the update of a row that was there already: what was to be inserted. */
export const excluded = <C extends string>(...columns: readonly C[]): Readonly<Record<C, RawBuilder<never>>> =>
  Object.fromEntries(columns.map((column) => [column, sql.ref(`excluded.${column}`)])) as Record<C, RawBuilder<never>>

/** The unit is alone on a key from this statement to its commit. */
export const alone = <P, R>(aloneOn: Key, statement: Statement<P, R>): Statement<P, R> => ({ ...statement, aloneOn })

/** For a write whose outcome the unit does not look at. */
export const unanswered = <P, R>(statement: Statement<P, R>): Statement<P, R> => ({ ...statement, unanswered: true })

/** For a conditional update that changes one row nearly each time. See `Statement.expected`. */
export const expected = <P, R>(statement: Statement<P, R>): Statement<P, R> => ({ ...statement, expected: true })

/**
 * For the reads that nearly every request begins with: few rows, and the same ones again and again.
 *
 * @param rowsRead See `Statement`. Default: the answer depends on every row of the tables that it reads.
 */
export const remembered = <P, R>(
  statement: Statement<P, R>,
  rowsRead?: { readonly [N in Name]?: RowsRead<P, R> },
): Statement<P, R> => ({
  ...statement,
  remembered: true,
  ...(rowsRead && { rowsRead: rowsRead as Readonly<Record<string, RowsRead<P, R>>> }),
})

/** For a write that changes few rows of one table and nothing else. See `Statement.rowsChanged`. */
export const changing = <P, R>(
  rowsChanged: (parameters: P) => readonly string[],
  statement: Statement<P, R>,
): Statement<P, R> => ({ ...statement, rowsChanged })

/** For a read that belongs to no request, however many ask: whether it is answered from memory says nothing of theirs. */
export const uncounted = <P, R>(statement: Statement<P, R>): Statement<P, R> => ({ ...statement, uncounted: true })

/**
 * One statement per shape of a query: a condition that is not meant is not there, so that each query finds the index that is
 * made for it.
 */
export const byShape = <S, P, R>(make: (shape: S) => Statement<P, R>): ((shape: S) => Statement<P, R>) => {
  const known = new Map<string, Statement<P, R>>()
  return (shape) => {
    const key = JSON.stringify(shape)
    const statement = known.get(key) ?? make(shape)
    known.set(key, statement)
    return statement
  }
}
