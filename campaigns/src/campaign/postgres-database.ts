import { setTimeout as pause } from 'node:timers/promises'
import { startCluster } from '@countersign/store/testing'
import { Client } from 'pg'
import type { CampaignDatabase, DatabaseReader } from './database.ts'

const database = 'countersign'

/** A database on a PostgreSQL server of its own, which is gone at the end. */
export class PostgresDatabase implements CampaignDatabase {
  readonly env: Readonly<Record<string, string>>
  readonly #url: string
  readonly #cleanup: AsyncDisposableStack

  private constructor(url: string, cleanup: AsyncDisposableStack) {
    this.#url = url
    this.env = { COUNTERSIGN_DATABASE_URL: url }
    this.#cleanup = cleanup
  }

  /** @throws Error if there is no PostgreSQL server (Debian: postgresql). */
  static async start(): Promise<PostgresDatabase> {
    await using stack = new AsyncDisposableStack()
    const cluster = stack.use(await startCluster())
    cluster.run(`create database ${database}`)
    return new PostgresDatabase(cluster.url(database), stack.move())
  }

  connect(): Promise<DatabaseReader> {
    return connectPostgres(this.#url)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync()
  }
}

/** Reads a database beside the running servers. */
export async function connectPostgres(url: string): Promise<DatabaseReader> {
  const client = new Client({ connectionString: url })
  // The next query is told of a lost connection.
  client.on('error', () => {})
  await client.connect()
  const rows = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows
  return {
    rows,
    async faults() {
      await client.query('create extension if not exists amcheck')
      const found = (await rows(damagedRows)).map(({ damage }) => String(damage))
      for (const { check } of await rows(indexChecks)) {
        const damage = await client.query(String(check)).then(
          () => [],
          (error: Error) => [error.message],
        )
        found.push(...damage)
      }
      return found
    },
    // The server notices a little later that a client is gone, and may still commit what that had asked for.
    async quiet() {
      while ((await rows(busySessions)).length > 0) await pause(20)
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

const busySessions = `select pid from pg_stat_activity where datname = current_database()
  and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'`

const tables = `from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'`

/** Rows of tables that cannot be what was written. */
const damagedRows = `select c.relname || ': ' || found.msg as damage ${tables} and c.relkind = 'r',
  lateral verify_heapam(c.oid) as found`

/** The check of a damaged index ends with an error. */
const indexChecks = `select format('select bt_index_check(%s, true)', c.oid) as check ${tables} and c.relkind = 'i'
  join pg_am a on a.oid = c.relam and a.amname = 'btree'`
