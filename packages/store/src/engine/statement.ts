import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import { CompiledQuery as Query, SelectQueryNode } from 'kysely'

/**
 * What a statement can be given. No booleans: engines differ in them, and what was true is better known by when
 * (`disabled_at`). `undefined` is stored as NULL.
 */
export type Parameter = string | number | Uint8Array | null | undefined
/** The same as a driver takes it. */
export type Bindable = Exclude<Parameter, undefined>
/** What a column can hold, as the engines hand it over. */
export type Column = string | number | bigint | Uint8Array | boolean | null

/** Kysely without a connection: it builds statements of tables that the engine knows nothing of. */
export type Builder = Kysely<unknown>

/**
 * A statement as a constant of the program: Kysely compiles it once per engine, the engine prepares it once per
 * connection, and a call only binds values. Building and compiling per call would cost as much as the read itself.
 */
export interface Statement<P, R> {
  readonly build: (db: Builder, slots: P) => Compilable<unknown>
  /** Makes a row of its columns, in the order of the select list: cheaper than a row object where rows are wide. */
  readonly decode: ((columns: readonly Column[]) => R) | undefined
  /** Whether an engine may remember its answers until somebody commits. Default is that it does not. */
  readonly remembered?: true
}

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

export const compile = (statement: Statement<never, unknown>, db: Builder): Compiled => {
  const query: CompiledQuery = statement.build(db, slots as never).compile()
  const values = query.parameters as readonly (Slot | Parameter)[]
  return {
    sql: query.sql,
    reads: SelectQueryNode.is(query.query),
    bind: (parameters) => values.map((value) => (value instanceof Slot ? parameters[value.name] : value) ?? null),
  }
}
