import { type Connection, Query as DriverQuery, types } from 'pg'
import type { Bindable, Column } from '../../statement.ts'
import type { Query, Result } from '../session.ts'

type Parser = (text: string) => Column
/** The columns of a statement, as the database described them once. */
interface Description {
  readonly names: readonly string[]
  readonly parsers: readonly Parser[]
}

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
 * Statements that are sent at once, with one message at their end: the database answers all, or those before the first one that fails.
 * The database describes the columns of a statement once, and not with each answer as for the driver's own queries.
 *
 * Of several, each either has a name that the connection knows or none. Of one alone, the driver notes that the connection knows it.
 */
export class Prepared extends DriverQuery {
  readonly queries: readonly Query[]
  readonly answer: Answer
  readonly #descriptions: Descriptions
  readonly #results: Result[] = []
  #rows: (readonly Column[])[] = []

  constructor(queries: readonly Query[], descriptions: Descriptions, answer: Answer) {
    const [first] = queries
    const known = queries.length === 1 && first?.name !== undefined ? { name: first.name } : {}
    super({ text: first?.text ?? '', ...known }, (error) => answer(error ?? undefined, this.#results))
    this.queries = queries
    this.answer = answer
    this.#descriptions = descriptions
  }

  override submit = (given: Connection): void => {
    const connection = given as unknown as DriverConnection
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
    // The database has nothing to describe of one that finds no rows.
    if (!this.#descriptions.has(statement)) this.#descriptions.set(statement, { names: [], parsers: [] })
    const columns = this.#descriptions.get(statement)?.names ?? []
    const words = text.split(' ')
    const count = Number(words.at(-1)) || 0
    this.#results.push({ rows: this.#rows, columns, count, command: words[0] ?? '' })
    this.#rows = []
  }

  get #current(): Query {
    return this.queries[this.#results.length] ?? { text: '' }
  }
}

const isKnown = ({ parsedStatements, submittedNamedStatements }: DriverConnection, name: string): boolean =>
  name !== '' && (parsedStatements[name] ?? submittedNamedStatements[name]) !== undefined

/** Whether it can be sent beside others on this connection. */
export const canBeBeside = (connection: object, { name }: Query): boolean =>
  name === undefined || isKnown(connection as DriverConnection, name)

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
