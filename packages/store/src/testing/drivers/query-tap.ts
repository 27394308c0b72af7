/* Intercepts what the store asks the driver of PostgreSQL. */
import { Client, type QueryResult } from 'pg'

/** One query on a connection. */
export interface QueryCall {
  readonly client: Client
  readonly sql: string
  readonly values: readonly unknown[]
  /** Sends it. */
  proceed(): Promise<QueryResult>
  /** Sends another text in its place. */
  instead(text: string): Promise<QueryResult>
}

interface Asked {
  readonly text: string
  readonly values?: readonly unknown[]
}

const isAsked = (asked: unknown): asked is Asked =>
  typeof asked === 'object' && asked !== null && 'text' in asked && typeof asked.text === 'string'

/** From now on every query that is asked as an object goes through `around`. The driver's own are asked as text. */
export const tapQueries = (around: (call: QueryCall) => Promise<QueryResult>): Disposable => {
  const original: unknown = Client.prototype.query
  const query = function (this: Client, asked: unknown, ...rest: unknown[]): unknown {
    const send = (sent: unknown) => Reflect.apply(original as () => Promise<QueryResult>, this, [sent, ...rest])
    if (!isAsked(asked)) return send(asked)
    const { text, values = [] } = asked
    const instead = (other: string) => send({ text: other })
    return around({ client: this, sql: text, values, proceed: () => send(asked), instead })
  }
  Object.assign(Client.prototype, { query })
  return { [Symbol.dispose]: () => void Object.assign(Client.prototype, { query: original }) }
}
