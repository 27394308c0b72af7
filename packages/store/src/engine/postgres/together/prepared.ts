import { type Connection, Query as DriverQuery, types } from 'pg'
import type { Bindable, Column } from '../../statement.ts'
import type { Query, Result } from '../session.ts'

type Parser = (text: string) => Column
/** The columns of a statement, as the database described them once. */
interface Description {
  readonly names: readonly string[]
  readonly parsers: readonly Parser[]
}

/** Of a statement that finds no rows. */
const nothingToDescribe: Description = { names: [], parsers: [] }

/** By the text of the statement. All connections of a pool lead to databases of one schema. */
export type Descriptions = Map<string, Description>

/** @param results Of all, in their order, where there is no error. */
type Answer = (error: Error | undefined, results: readonly Result[]) => void

/** What the driver has and its types do not. */
interface DriverConnection {
  /** Statements by their names: those that the database has, and those that it was sent. */
  readonly parsedStatements: Record<string, string | undefined>
  readonly submittedNamedStatements: Record<string, string | undefined>
  readonly stream: { cork(): void; uncork(): void }
  parse(statement: { text: string; name: string }): void
  bind(values: { statement: string; values: readonly Bindable[]; valueMapper(value: Bindable): unknown }): void
  describe(what: { type: 'P'; name: string }): void
  execute(portal: object): void
  sync(): void
}
interface Field {
  readonly name: string
  readonly dataTypeID: number
}

/**
 * Statements that are sent at once, with one message at their end: the database answers all, or those before the first one that fails, and
 * does not execute the others. It describes the columns of a statement once, and not with each answer as for the driver's own queries.
 */
export class Prepared extends DriverQuery {
  readonly queries: readonly Query[]
  readonly answer: Answer
  readonly #descriptions: Descriptions
  readonly #results: Result[] = []
  #rows: (readonly Column[])[] = []
  #connection: DriverConnection | undefined

  constructor(queries: readonly Query[], descriptions: Descriptions, answer: Answer) {
    super({ text: '' }, (error) => this.#end(error ?? undefined))
    this.queries = queries
    this.answer = answer
    this.#descriptions = descriptions
  }

  /** The driver notes by it that the database has parsed a statement, or that this failed. */
  get name(): string | undefined {
    return this.#current.name
  }

  /** The driver's own query has one name and one text. */
  set name(_: unknown) {}

  get text(): string {
    return this.#current.text
  }

  set text(_: unknown) {}

  override submit = (given: Connection): void => {
    const connection = given as unknown as DriverConnection
    this.#connection = connection
    connection.stream.cork()
    for (const { text, values = [], name = '' } of this.queries) {
      if (!isKnown(connection, name)) {
        connection.parse({ text, name })
        if (name !== '') connection.submittedNamedStatements[name] = text
      }
      connection.bind({ statement: name, values, valueMapper })
      if (!this.#descriptions.has(text)) connection.describe({ type: 'P', name: '' })
      connection.execute({})
    }
    connection.sync()
    connection.stream.uncork()
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#descriptions.set(this.#current.text, {
      names: fields.map((field) => field.name),
      parsers: fields.map((field) => parserOf(field.dataTypeID)),
    })
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const { parsers = [] } = this.#descriptions.get(this.#current.text) ?? {}
    this.#rows.push(fields.map((text, place) => (text === null ? null : (parsers[place] ?? asText)(text))))
  }

  /** @param message `text`: the command, and how many rows it found or changed. */
  handleCommandComplete({ text }: { readonly text: string }): void {
    const statement = this.#current.text
    const description = this.#descriptions.get(statement) ?? nothingToDescribe
    this.#descriptions.set(statement, description)
    const words = text.split(' ')
    const count = Number(words.at(-1)) || 0
    this.#results.push({ rows: this.#rows, columns: description.names, count, command: words[0] ?? '' })
    this.#rows = []
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' })
  }

  get #current(): Query {
    return this.queries[this.#results.length] ?? { text: '' }
  }

  #end(error: Error | undefined): void {
    if (error !== undefined && this.#connection !== undefined) {
      // Those that were skipped were not parsed either.
      for (const { name } of this.queries.slice(this.#results.length))
        if (name !== undefined) delete this.#connection.submittedNamedStatements[name]
    }
    this.answer(error, this.#results)
  }
}

const isKnown = ({ parsedStatements, submittedNamedStatements }: DriverConnection, name: string): boolean =>
  name !== '' && (parsedStatements[name] ?? submittedNamedStatements[name]) !== undefined

/** Whether the database has told this connection that it knows the statement. */
export const isParsed = (connection: object, { name }: Query): boolean =>
  name !== undefined && (connection as DriverConnection).parsedStatements[name] !== undefined

const valueMapper = (value: Bindable): string | Buffer | null => {
  if (value === null) return null
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length) : `${value}`
}

const asText: Parser = (text) => text
const bigint = 20
const parsed = [17, 21, 23]

/** Numbers are whole and below 2⁵³. */
export const parserOf = (type: number): Parser => {
  if (type === bigint) return Number
  return parsed.includes(type) ? types.getTypeParser(type, 'text') : asText
}
