import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseClient, type GivenServer, startCluster } from '@countersign/store/testing'
import type { CampaignDatabase, DatabaseReader } from './database.ts'

const database = 'countersign'

/** An empty database on a PostgreSQL server of its own, which is gone at the end. @throws Error if none is installed (Debian: postgresql). */
export async function startPostgres(): Promise<CampaignDatabase> {
  const cluster = await startCluster()
  cluster.run(`create database ${database}`)
  const url = cluster.url(database)
  return {
    env: { COUNTERSIGN_DATABASE_URL: url },
    connect: () => connectPostgres(url),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}

/** An empty database on a server that somebody else runs, which drops it. */
export async function makeGiven(given: GivenServer): Promise<CampaignDatabase & { connect(): DatabaseReader }> {
  const { name, url } = await given.database('countersign_campaign')
  console.error(`the database ${name} was made on ${given.label}`)
  return {
    env: { COUNTERSIGN_DATABASE_URL: url },
    // To look for damage takes the rights of a superuser.
    connect: () => ({ ...connectPostgres(url), faults: async () => [] }),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** Reads a database beside the running servers. */
export function connectPostgres(url: string): DatabaseReader {
  const client = new DatabaseClient(url)
  const rows = (sql: string) => client.rows(sql)
  return {
    rows,
    async faults() {
      await rows('create extension if not exists amcheck')
      const found = (await rows(damagedRows)).map(({ damage }) => String(damage))
      for (const { check } of await rows(indexChecks)) {
        const damage = await rows(String(check)).then(
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
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
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
