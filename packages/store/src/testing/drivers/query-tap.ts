/* Intercepts what the store asks the driver of PostgreSQL. */
import { Client, type QueryArrayResult, type QueryResult } from 'pg'
import type { Column } from '../../engine/statement.ts'

/** A query as the driver is asked. */
export interface DriverQuery {
  readonly text: string
  readonly values?: readonly unknown[]
}

/** One query on a connection. */
export interface QueryCall {
  readonly client: Client
  readonly sql: string
  readonly values: readonly unknown[]
  /** Sends it. */
  proceed(): Promise<QueryResult>
  /** Sends another text in its place. */
  instead(text: string): Promise<QueryResult>
  /** Sends another query on the same connection. */
  ask(query: DriverQuery): Promise<QueryResult>
}

type Around = (call: QueryCall) => Promise<QueryResult>

/** `Prepared` of the engine, as far as it is needed here: a built server has a copy of it. */
interface Batch {
  readonly queries: readonly (DriverQuery & { readonly name?: string })[]
  answer(error: Error | undefined, results: readonly object[]): void
}

const isBatch = (asked: object): asked is Batch => 'queries' in asked && 'answer' in asked
const isQuery = (asked: object): asked is DriverQuery =>
  'text' in asked && typeof asked.text === 'string' && !('submit' in asked)

/**
 * From now on every query that is asked as an object goes through `around`; those of a batch one after the other, each by itself. The
 * driver's own are asked as text.
 */
export const tapQueries = (around: Around): Disposable => {
  const original: unknown = Client.prototype.query
  const query = function (this: Client, asked: unknown, ...rest: unknown[]): unknown {
    const send = (sent: unknown) => Reflect.apply(original as () => Promise<QueryResult>, this, [sent, ...rest])
    const through = (one: DriverQuery): Promise<QueryResult> =>
      around({
        client: this,
        sql: one.text,
        values: one.values ?? [],
        proceed: () => send(asArrays(one)),
        instead: (text) => send({ text }),
        ask: (other) => send(asArrays(other)),
      })
    if (typeof asked !== 'object' || asked === null) return send(asked)
    if (isBatch(asked)) return answered(asked, asked.queries.map(through))
    return isQuery(asked) ? through(asked) : send(asked)
  }
  Object.assign(Client.prototype, { query })
  return { [Symbol.dispose]: () => void Object.assign(Client.prototype, { query: original }) }
}

const asArrays = ({ values, ...rest }: DriverQuery): object => ({
  ...rest,
  rowMode: 'array',
  ...(values === undefined ? {} : { values: [...values] }),
})

/** With the answers before the first fault, and that. */
const answered = (batch: Batch, answers: readonly Promise<QueryResult>[]): Batch => {
  void Promise.allSettled(answers).then((settled) => {
    const fault = settled.find((one) => one.status === 'rejected')
    const before = settled.slice(0, fault && settled.indexOf(fault))
    const results = before.flatMap((one) => (one.status === 'fulfilled' ? [asOfBatch(one.value)] : []))
    batch.answer(fault?.reason, results)
  })
  return batch
}

const asOfBatch = (result: QueryResult | QueryArrayResult<Column[]>): object => ({
  rows: result.rows,
  columns: result.fields.map(({ name }) => name),
  count: result.rowCount ?? 0,
  command: result.command,
})
