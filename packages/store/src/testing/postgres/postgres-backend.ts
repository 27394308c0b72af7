import { PGlite } from '@electric-sql/pglite'
import type { Backend, RefusedWrite } from '../../conformance/index.ts'
import type { Engine } from '../../engine/engine.ts'
import { parseAddress } from '../../engine/postgres/address.ts'
import { openSessions, type PostgresEngine } from '../../engine/postgres/postgres-engine.ts'
import { serverSessions } from '../../engine/postgres/server-sessions.ts'
import type { Sessions } from '../../engine/postgres/session.ts'
import type { StoreHandle } from '../../open/open.ts'
import { storeOn } from '../../open/open.ts'
import { migrateAlone } from '../../open/open-postgres.ts'
import { startCluster } from './cluster.ts'
import { PgliteStream } from './pglite-stream.ts'

/** Databases of one server, for the tests of one file. Each test has all of it, and finds it empty. */
export interface PostgresBackends {
  factory(): Promise<Backend>
  readonly sessions: Sessions
  close(): Promise<void>
}

const timeouts = { statement: 30_000, lock: 20_000 }

/** @param around What the store is on, given the engine. Default is the engine. */
export const clusterBackends = async (around?: (engine: Engine) => Engine): Promise<PostgresBackends> => {
  const cluster = await startCluster()
  const sessions = serverSessions(parseAddress(cluster.url('postgres', '&connect_timeout=30')), timeouts)
  return backendsOn(sessions, () => cluster[Symbol.asyncDispose](), around)
}

/** PostgreSQL in WebAssembly, in this process. It has one connection. */
export const pgliteBackends = async (around?: (engine: Engine) => Engine): Promise<PostgresBackends> => {
  const database = await PGlite.create()
  const address = parseAddress('postgres://postgres@localhost/postgres?pool_size=1&connect_timeout=30')
  const sessions = serverSessions(address, timeouts, () => new PgliteStream(database))
  return backendsOn(sessions, () => database.close(), around)
}

const backendsOn = async (
  sessions: Sessions,
  end: () => Promise<void>,
  around: (engine: Engine) => Engine = (engine) => engine,
): Promise<PostgresBackends> => {
  /** The connections stay open from test to test. */
  const lent: Sessions = { ...sessions, close: async () => {} }
  const open = (): Promise<PostgresEngine> => openSessions(lent, { timeouts, areNamed: true })
  await migrateAlone(await open(), 0)
  const clean = cleaning(await runOn(sessions, contents))
  let isClean = true
  const factory = async (): Promise<Backend> => {
    if (!isClean) await runOn(sessions, clean)
    isClean = false
    let store = storeOn(around(await open()))
    return {
      get store(): StoreHandle {
        return store
      },
      reopen: async () => {
        await store.close()
        store = storeOn(around(await open()))
        return store
      },
      inject: async (fault) => {
        await runOn(sessions, fault === 'commit' ? failingCommit : refusal(fault))
        return async () => void (await runOn(sessions, mended))
      },
      dispose: () => store.close(),
    }
  }
  const close = async () => {
    await sessions.close()
    await end()
  }
  return { factory, sessions, close }
}

const runOn = async (sessions: Sessions, text: string): Promise<readonly (readonly unknown[])[]> => {
  const session = await sessions.take()
  try {
    return (await session.query({ text })).rows
  } finally {
    session.release(false)
  }
}

/** The tables, and the rows that a new database has in them. */
const contents = `select table_name from information_schema.tables
  where table_schema = current_schema() and table_name not in ('locks', 'schema_versions')`

/** The guards would refuse it. */
const cleaning = (tables: readonly (readonly unknown[])[]): string =>
  [
    'begin',
    'set local session_replication_role = replica',
    ...tables.flatMap(([name]) => {
      if (name === 'marks') return ['update marks set value = 0']
      return name === 'served' ? [`delete from served where name <> 'feed'`] : [`delete from ${name}`]
    }),
    'commit',
  ].join('; ')

const injected = `create or replace function injected() returns trigger language plpgsql
  as $$ begin raise exception 'injected'; end $$`

const refusal = ({ table, on, when = 'true' }: RefusedWrite): string =>
  `${injected}; create trigger injected before ${on} on ${table} for each row when (${when}) execute function injected()`

/** Constraints that are looked at only when the transaction ends. */
const failingCommit = [
  injected,
  ...['audit', 'rotations'].map(
    (table) => `create constraint trigger injected after insert on ${table}
      deferrable initially deferred for each row execute function injected()`,
  ),
].join('; ')

const mended = 'drop function injected cascade'
