import type { Compilable, Kysely } from 'kysely'
import type { Column, Statement } from '../engine/statement.ts'
import type { Database } from './schema.ts'

/**
 * Declares a statement with the parameters `P`. Inside `build`, `slots.x` stands for the value of `x` wherever a value may
 * stand.
 *
 * ```ts
 * const findUser = statement<{ id: string }>()((db, slots) => db.selectFrom('users').selectAll().where('id', '=', slots.id))
 * ```
 */
export const statement =
  <P>() =>
  <R>(build: (db: Kysely<Database>, slots: P) => Compilable<R>): Statement<P, R> => ({
    build: build as Statement<P, R>['build'],
    decode: undefined,
  })

/** The same for wide rows: `decode` is given the columns in the order of the select list. */
export const positional =
  <P>() =>
  <R>(
    build: (db: Kysely<Database>, slots: P) => Compilable<unknown>,
    decode: (columns: readonly Column[]) => R,
  ): Statement<P, R> => ({ build: build as Statement<P, R>['build'], decode })

/** For the reads that nearly every request begins with: few rows, and the same ones again and again. */
export const remembered = <P, R>(statement: Statement<P, R>): Statement<P, R> => ({ ...statement, remembered: true })

/** The slots of a whole row: `values(rowOf(slots, columns))`. */
export const rowOf = <P, K extends keyof P>(slots: P, columns: readonly K[]): Pick<P, K> =>
  Object.fromEntries(columns.map((column) => [column, slots[column]])) as Pick<P, K>
