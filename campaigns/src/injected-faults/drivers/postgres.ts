// The driver of PostgreSQL, below the server: what is asked of each connection can be replaced.
import { type DriverQuery, tapQueries } from '@countersign/store/testing/queries'
import { Client, type QueryResult } from 'pg'

type Ask = (asked: DriverQuery) => Promise<QueryResult>

/** Replaces queries. @param replace `ask` is the original: it sends a query on the same connection. */
export function replaceQueries(replace: (asked: DriverQuery, client: Client, ask: Ask) => Promise<QueryResult>): void {
  tapQueries(({ client, sql, values, ask }) =>
    replace({ text: sql, ...(values.length > 0 ? { values } : {}) }, client, ask),
  )
}

/** Asks on a connection of its own, in a transaction of its own. */
export async function askApart({ text, values }: DriverQuery): Promise<void> {
  const client = new Client({ connectionString: databaseUrl() })
  await client.connect()
  await client.query(text, [...(values ?? [])])
  await client.end()
}

/** The answer to a statement that changed one row. */
export const changedOne = { rows: [], fields: [], rowCount: 1, command: 'UPDATE', oid: 0 } satisfies QueryResult

/** Of the server's database, if that is one of PostgreSQL. */
export const databaseUrl = (): string | undefined => process.env.COUNTERSIGN_DATABASE_URL
