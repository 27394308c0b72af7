import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Bindable, type Builder, type Column, type Compiled, compile, type Statement } from '../statement.ts'

type AnyStatement = Statement<never, unknown>

interface Prepared {
  readonly statement: StatementSync
  readonly compiled: Compiled
}

/** The statements of one connection, each compiled and prepared at its first use. Throws the driver's own errors. */
export class Statements {
  readonly #db: DatabaseSync
  readonly #compiler: Builder
  readonly #prepared = new WeakMap<AnyStatement, Prepared>()

  constructor(db: DatabaseSync, compiler: Builder) {
    this.#db = db
    this.#compiler = compiler
  }

  first<P, R>(statement: Statement<P, R>, parameters: P): R | undefined {
    const { statement: prepared, compiled } = this.#prepare(statement)
    const row: unknown = prepared.get(...compiled.bind(parameters))
    return row === undefined || statement.decode === undefined
      ? (row as R | undefined)
      : statement.decode(row as Column[])
  }

  all<P, R>(statement: Statement<P, R>, parameters: P): readonly R[] {
    const { statement: prepared, compiled } = this.#prepare(statement)
    const rows: unknown[] = prepared.all(...compiled.bind(parameters))
    const { decode } = statement
    return decode === undefined ? (rows as R[]) : rows.map((row) => decode(row as Column[]))
  }

  run<P>(statement: Statement<P, unknown>, parameters: P): number {
    const { statement: prepared, compiled } = this.#prepare(statement)
    return Number(prepared.run(...compiled.bind(parameters)).changes)
  }

  /** What a call binds, in the order of the placeholders. */
  values<P>(statement: Statement<P, unknown>, parameters: P): readonly Bindable[] {
    return this.#prepare(statement).compiled.bind(parameters)
  }

  compiled(statement: AnyStatement): Compiled {
    return this.#prepare(statement).compiled
  }

  #prepare(statement: AnyStatement): Prepared {
    const known = this.#prepared.get(statement)
    if (known !== undefined) return known
    const compiled = compile(statement, this.#compiler)
    const prepared = { compiled, statement: this.#db.prepare(compiled.sql) }
    if (statement.decode !== undefined) prepared.statement.setReturnArrays(true)
    this.#prepared.set(statement, prepared)
    return prepared
  }
}
