import { createHash } from 'node:crypto'
import { type Bindable, type Column, type Compiled, compile, type Statement } from '../statement.ts'
import { compiler } from './compiler.ts'
import { isOfNamedStatements, type PostgresFault } from './fault.ts'
import type { Query, Result } from './session.ts'

type AnyStatement = Statement<never, unknown>
type Named = Compiled & { readonly name: string }

/**
 * The statements of an engine, each compiled at its first use, and prepared by each connection under a name. The name is a hash of
 * the SQL: where a pooler lends one connection to several programs, the same name always means the same statement.
 *
 * A pooler in transaction mode may know no names (PgBouncer before 1.21, or with `max_prepared_statements = 0`). After the first
 * fault that shows this, statements have no names.
 */
export class Statements {
  readonly #compiled = new WeakMap<AnyStatement, Named>()
  /** By SQL that is no statement of the store. */
  readonly #names = new Map<string, string>()
  #areNamed: boolean

  constructor(areNamed: boolean) {
    this.#areNamed = areNamed
  }

  queryOf<P>(statement: Statement<P, unknown>, parameters: P): Query {
    const { sql, bind, name } = this.#compile(statement)
    return { text: sql, values: bind(parameters), name: this.#areNamed ? name : undefined }
  }

  /** The same for an update that is expected to change one row. It fails if it has changed none. */
  expecting<P>(statement: Statement<P, unknown>, parameters: P): Query {
    const { sql, bind, name } = this.#compile(statement)
    const text = `with changed as (${sql} returning 1) select 1 / count(*) from changed`
    return { text, values: bind(parameters), name: this.#areNamed ? `${name}_expected` : undefined }
  }

  /** The same for SQL that is no statement of the store. */
  queryOfText({ sql, values }: { readonly sql: string; readonly values: readonly Bindable[] }): Query {
    if (!this.#areNamed) return { text: sql, values }
    const name = this.#names.get(sql) ?? nameOf(sql)
    this.#names.set(sql, name)
    return { text: sql, values, name }
  }

  /** Whether it cannot change anything. */
  reads(statement: AnyStatement): boolean {
    return this.#compile(statement).reads
  }

  /** Whether the same may succeed now, without names. Others on their way may meet the same fault, with the names they were sent with. */
  giveUpNames(fault: PostgresFault): boolean {
    if (!isOfNamedStatements(fault)) return false
    this.#areNamed = false
    return true
  }

  #compile(statement: AnyStatement): Named {
    const known = this.#compiled.get(statement)
    if (known !== undefined) return known
    const compiled = compile(statement, compiler)
    const named = { ...compiled, name: nameOf(compiled.sql) }
    this.#compiled.set(statement, named)
    return named
  }
}

const nameOf = (sql: string): string => `cs_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`

export const decodeAll = <R>({ decode }: Statement<never, R>, { rows, columns }: Result): readonly R[] =>
  decode === undefined ? rows.map((row) => objectOf(columns, row) as R) : rows.map((row) => decode(row))

const objectOf = (names: readonly string[], row: readonly Column[]): unknown =>
  Object.fromEntries(names.map((name, at) => [name, row[at]]))
