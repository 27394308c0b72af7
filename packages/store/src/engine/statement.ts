import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import { CompiledQuery as Query, SelectQueryNode } from 'kysely'
import type { Database } from '../schema/schema.ts'

/**
 * What a statement can be given. No booleans: engines differ in them, and what was true is better known by when
 * (`disabled_at`). `undefined` is stored as NULL.
 */
export type Parameter = string | number | Uint8Array | null | undefined
/** The same as a driver takes it. */
export type Bindable = Exclude<Parameter, undefined>
/** What a column can hold, as the engines hand it over. */
export type Column = string | number | bigint | Uint8Array | boolean | null

/**
 * A statement as a constant of the program: Kysely compiles it once per engine, the engine prepares it once per
 * connection, and a call only binds values. Building and compiling per call would cost as much as the read itself.
 */
export interface Statement<P, R> {
  readonly build: (db: Kysely<Database>, slots: P) => Compilable<unknown>
  /** Makes a row of its columns, in the order of the select list: cheaper than a row object where rows are wide. */
  readonly decode: ((columns: readonly Column[]) => R) | undefined
  /** Whether an engine may remember its answers until somebody commits. Default is that it does not. */
  readonly remembered?: true
}

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
  <R>(build: (db: Kysely<Database>, slots: P) => Compilable<R>): Statement<P, R> => ({ build, decode: undefined })

/** The same for wide rows: `decode` is given the columns in the order of the select list. */
export const positional =
  <P>() =>
  <R>(
    build: (db: Kysely<Database>, slots: P) => Compilable<unknown>,
    decode: (columns: readonly Column[]) => R,
  ): Statement<P, R> => ({ build, decode })

/** For the reads that nearly every request begins with: few rows, and the same ones again and again. */
export const remembered = <P, R>(statement: Statement<P, R>): Statement<P, R> => ({ ...statement, remembered: true })

/** A statement that is run once, such as a migration's: nothing of it is kept. */
export const once = (step: Compilable<unknown> | string): Statement<Record<never, never>, unknown> => ({
  build: () => (typeof step === 'string' ? { compile: () => Query.raw(step) } : step),
  decode: undefined,
})

/** A statement in an engine's own SQL. */
export interface Compiled {
  readonly sql: string
  /** Whether it cannot change anything: seen on the query's node, since asking a prepared statement costs each time. */
  readonly reads: boolean
  /** Its values, in the order of the placeholders. */
  bind(parameters: Readonly<Record<string, Parameter>>): Bindable[]
}

class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

const slots = new Proxy({}, { get: (_, name) => new Slot(String(name)) })

export const compile = (statement: Statement<never, unknown>, db: Kysely<Database>): Compiled => {
  const query: CompiledQuery = statement.build(db, slots as never).compile()
  const values = query.parameters as readonly (Slot | Parameter)[]
  return {
    sql: query.sql,
    reads: SelectQueryNode.is(query.query),
    bind: (parameters) => values.map((value) => (value instanceof Slot ? parameters[value.name] : value) ?? null),
  }
}

/** The slots of a whole row: `values(rowOf(slots, columns))`. */
export const rowOf = <P, K extends keyof P>(slots: P, columns: readonly K[]): Pick<P, K> =>
  Object.fromEntries(columns.map((column) => [column, slots[column]])) as Pick<P, K>
