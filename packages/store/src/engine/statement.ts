import {
  type Compilable,
  type CompiledQuery,
  DeleteQueryNode,
  type Expression,
  type Kysely,
  CompiledQuery as Query,
  SelectQueryNode,
  ValueNode,
} from 'kysely'
import { tableOfChange, tablesIn } from './tables.ts'

/**
 * What a statement can be given. No booleans: engines differ in them, and a time says more
 * (`disabled_at`). `undefined` is stored as NULL.
 */
export type Parameter = string | number | Uint8Array | null | undefined
/** The same as a driver takes it. */
export type Bindable = Exclude<Parameter, undefined>
/** What a column can hold, as the engines return it. */
export type Column = string | number | bigint | Uint8Array | boolean | null

/** What units may have to be alone on, by name. */
export type Key = string

/** Kysely without a connection. It builds statements on tables that the engine does not know. */
export type Builder = Kysely<unknown>

/**
 * A statement as a constant of the program: Kysely compiles it once per engine, the engine prepares it once per
 * connection, and a call only binds values. Building and compiling per call would cost as much as the read itself.
 */
export interface Statement<P, R> {
  readonly build: (db: Builder) => Compilable<unknown>
  /** Makes a result of the columns, in the order of the select list. Default is an object with a property per column. */
  readonly decode: ((columns: readonly Column[]) => R) | undefined
  /** Whether an engine may remember its answers until a commit may have changed them. Default is false. */
  readonly remembered?: true
  /**
   * By table, the keys of the rows on which a remembered answer depends. Of a table that it reads and that is not named here, it
   * depends on every row. A key is any text: `rowsChanged` of the statements that change the table has to give the same.
   *
   * @param row What `first` answers.
   */
  readonly rowsRead?: Readonly<Record<string, RowsRead<never, never>>>
  /**
   * The keys of the rows that it may change. Then it changes no row of another table, by way of a reference or a trigger. Default: it may
   * change every row of its table, and if it removes rows, those of any table.
   */
  readonly rowsChanged?: (parameters: P) => readonly string[]
  /** For a removal: whether no table refers to its own, so that it changes no other. Default is false. */
  readonly unreferred?: true
  /** Whether `statistics()` leaves its reads out: what a process asks for itself beside each request. Default is false. */
  readonly uncounted?: true
  /** The unit must be alone on this key from this statement to its commit: see `Engine.write`. */
  readonly aloneOn?: Key
  /**
   * Whether its caller only needs that it is done by the commit. An engine may go on without its answer: the number of rows is 1, and
   * a fault is that of the unit. Default is false.
   */
  readonly unanswered?: true
  /**
   * For a conditional update: whether it changes exactly one row nearly each time. An engine may go on as if it had. If it has not, the
   * unit is run again, and is told the number of rows then. Default is false.
   */
  readonly expected?: true
  /** A type alone: what a call has to give. */
  readonly takes?: (parameters: P) => void
}

/** @param row What `first` answers. */
export type RowsRead<P, R> = (parameters: P, row: R | undefined) => readonly string[]

/** The place of a parameter in a statement. `S` is what SQL compares it with. */
export class Slot<S> implements Expression<S> {
  /** The parameter, among all those of a call. */
  readonly of: (parameters: unknown) => Parameter

  constructor(of: (parameters: unknown) => Parameter) {
    this.of = of
  }

  get expressionType(): S | undefined {
    return undefined
  }

  toOperationNode(): ValueNode {
    return ValueNode.create(this)
  }
}

/** A statement that is run once, such as a migration's: nothing of it is kept. */
export const once = (step: Compilable<unknown> | string): Statement<object, unknown> => ({
  build: () => (typeof step === 'string' ? { compile: () => Query.raw(step) } : step),
  decode: undefined,
})

/** A statement in an engine's own SQL. */
export interface Compiled {
  readonly sql: string
  /** Whether it cannot change anything: seen on the query's node, since asking a prepared statement costs each time. */
  readonly reads: boolean
  /** The tables that it names. `undefined` if they are not known. */
  readonly tables: ReadonlySet<string> | undefined
  /** The table whose rows it changes. `undefined` if it reads, or may change any. */
  readonly changes: string | undefined
  /** Whether it removes rows. */
  readonly isRemoval: boolean
  /** Its values, in the order of the placeholders. */
  bind(parameters: unknown): Bindable[]
}

export const compile = (statement: Statement<never, unknown>, db: Builder): Compiled => {
  const query: CompiledQuery = statement.build(db).compile()
  const values = query.parameters as readonly (Slot<unknown> | Parameter)[]
  return {
    sql: query.sql,
    reads: SelectQueryNode.is(query.query),
    tables: tablesIn(query.query),
    changes: tableOfChange(query.query),
    isRemoval: DeleteQueryNode.is(query.query),
    bind(parameters) {
      const bound = new Array<Bindable>(values.length)
      for (let at = 0; at < values.length; at++) {
        const value = values[at]
        bound[at] = (value instanceof Slot ? value.of(parameters) : value) ?? null
      }
      return bound
    },
  }
}
