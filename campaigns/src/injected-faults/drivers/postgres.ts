// The driver of PostgreSQL, below the server: what is asked of each connection can be replaced.
import { Client, type QueryResult } from 'pg'

/** One query, as the store sends it. */
export interface Asked {
  readonly text: string
  readonly values?: readonly unknown[]
}

type Ask = (asked: Asked) => Promise<QueryResult>

/** Replaces queries. @param replace `ask` is the original: it sends a query on the same connection. */
export function replaceQueries(replace: (asked: Asked, client: Client, ask: Ask) => Promise<QueryResult>): void {
  const original: unknown = Client.prototype.query
  const query = function (this: Client, asked: unknown, ...rest: unknown[]): unknown {
    const ask = (sent: unknown) => Reflect.apply(original as () => unknown, this, [sent, ...rest])
    return isQuery(asked) ? replace(asked, this, ask as Ask) : ask(asked)
  }
  Object.assign(Client.prototype, { query })
}

/** Asks on a connection of its own, in a transaction of its own. */
export async function askApart({ text, values }: Asked): Promise<void> {
  const client = new Client({ connectionString: databaseUrl() })
  await client.connect()
  await client.query(text, [...(values ?? [])])
  await client.end()
}

/** The answer to a statement that changed one row. */
export const changedOne = { rows: [], fields: [], rowCount: 1, command: 'UPDATE', oid: 0 } satisfies QueryResult

/** Of the server's database, if that is one of PostgreSQL. */
export const databaseUrl = (): string | undefined => process.env.COUNTERSIGN_DATABASE_URL

/** What the store sends is never a text alone. Pools do that, and queries that are made before. */
const isQuery = (asked: unknown): asked is Asked =>
  typeof asked === 'object' && asked !== null && 'text' in asked && !('submit' in asked)
