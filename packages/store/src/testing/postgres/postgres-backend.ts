import { PGlite } from '@electric-sql/pglite'
import type { Backend } from '../../conformance/index.ts'
import type { Engine } from '../../engine/engine.ts'
import { parseAddress } from '../../engine/postgres/address.ts'
import { openSessions, type PostgresEngine } from '../../engine/postgres/postgres-engine.ts'
import { serverSessions } from '../../engine/postgres/server-sessions.ts'
import type { Session, Sessions } from '../../engine/postgres/session.ts'
import { knownVersion } from '../../migrations/migrations.ts'
import type { StoreHandle } from '../../open/open.ts'
import { storeOn } from '../../open/open.ts'
import { migrateAlone } from '../../open/open-postgres.ts'
import { postgresFault } from '../faults/postgres-faults.ts'
import { startCluster } from './cluster.ts'
import { GivenServer } from './given-server.ts'
import { PgliteStream } from './pglite-stream.ts'

/** Databases for the tests of one file. Each test has one of its own, and finds it empty. */
export interface PostgresBackends {
  factory(): Promise<Backend>
  /** Every statement that was sent by an engine so far. */
  readonly sent: ReadonlySet<string>
  close(): Promise<void>
}

type Around = (engine: Engine) => Engine

const timeouts = { statement: 30_000, lock: 20_000 }
const patience = 'connect_timeout=30'

/** @param around What the store is on, given the engine. Default is the engine. */
export const clusterBackends = async (around?: Around): Promise<PostgresBackends> => {
  const cluster = await startCluster()
  const makeDatabase = async (name: string): Promise<Place> => {
    cluster.run(`create database ${name}`)
    const sessions = serverSessions(parseAddress(cluster.url(name, `&${patience}`)), timeouts)
    return { sessions, end: () => sessions.close() }
  }
  return backendsIn(makeDatabase, () => cluster[Symbol.asyncDispose](), around)
}

/**
 * On a server that somebody else runs, and which drops the databases at the end.
 *
 * @throws StoreOpenError that says why it cannot be used.
 */
export const givenBackends = async (url: string): Promise<PostgresBackends> => {
  const server = await GivenServer.open(url)
  console.log(`the databases of the tests are on the server of ${server.label}`)
  const makeDatabase = async (): Promise<Place> => {
    const database = await server.database('countersign_test')
    const sessions = serverSessions(parseAddress(`${database.url}&${patience}`), timeouts)
    return { sessions, end: () => sessions.close() }
  }
  return backendsIn(makeDatabase, () => server[Symbol.asyncDispose]())
}

/** PostgreSQL in WebAssembly, in this process. Each database has one connection. */
export const pgliteBackends = async (around?: Around): Promise<PostgresBackends> => {
  const address = parseAddress(`postgres://postgres@localhost/postgres?pool_size=1&${patience}`)
  const makeDatabase = async (): Promise<Place> => {
    const database = await PGlite.create()
    const sessions = serverSessions(address, timeouts, () => new PgliteStream(database))
    const end = async () => {
      await sessions.close()
      await database.close()
    }
    return { sessions, end }
  }
  return backendsIn(makeDatabase, async () => {}, around)
}

/** A database, and connections to it that stay open from test to test. */
interface Place {
  readonly sessions: Sessions
  end(): Promise<void>
}

type Prepared = Place & { readonly clean: string }

const backendsIn = (
  makeDatabase: (name: string) => Promise<Place>,
  end: () => Promise<void>,
  around: Around = (engine) => engine,
): PostgresBackends => {
  const places: Place[] = []
  const sent = new Set<string>()
  const unused: Prepared[] = []
  const openAny = ({ sessions }: Place): Promise<PostgresEngine> =>
    openSessions({ ...overheard(sessions, sent), close: async () => {} }, { timeouts, areNamed: true })
  const open = async (place: Place): Promise<PostgresEngine> => {
    const engine = await openAny(place)
    engine.requireSchema(knownVersion)
    return engine
  }
  const prepare = async (): Promise<Prepared> => {
    const place = await makeDatabase(`test_${places.length + 1}`)
    places.push(place)
    await migrateAlone(await openAny(place), 0)
    const clean = cleaning(await runOn(place.sessions, contents))
    await runOn(place.sessions, keepFilled)
    return { ...place, clean }
  }
  const factory = async (): Promise<Backend> => {
    const place = unused.pop() ?? (await prepare())
    const { sessions, clean } = place
    let store = storeOn(around(await open(place)))
    return {
      get store(): StoreHandle {
        return store
      },
      reopen: async () => {
        await store.close()
        store = storeOn(around(await open(place)))
        return store
      },
      inject: async (fault) => {
        const { inject, mend } = postgresFault(fault)
        await runOn(sessions, inject.join('; '))
        return async () => void (await runOn(sessions, mend.join('; ')))
      },
      dispose: async () => {
        await store.close()
        await runOn(sessions, clean)
        unused.push(place)
      },
    }
  }
  const close = async () => {
    await Promise.all(places.map((place) => place.end()))
    await end()
  }
  return { factory, sent, close }
}

const overheard = (sessions: Sessions, sent: Set<string>): Sessions => ({
  ...sessions,
  take: async () => {
    const session = await sessions.take()
    const query: Session['query'] = (asked) => {
      sent.add(asked.text)
      return session.query(asked)
    }
    return { query, release: (isBroken) => session.release(isBroken) }
  },
})

const runOn = async (sessions: Sessions, text: string): Promise<readonly (readonly unknown[])[]> => {
  const session = await sessions.take()
  try {
    return (await session.query({ text })).rows
  } finally {
    session.release(false)
  }
}

/** The tables that a test may have written to. */
const contents = `select table_name from information_schema.tables
  where table_schema = current_schema() and table_name not in ('locks', 'schema_versions')`

/** Those that have rows in a new database. */
const filled = ['marks', 'served'] as const

const keepFilled = filled.map((name) => `create table new_${name} as select * from ${name}`).join('; ')

/** Guards refuse to remove single rows. To switch them off would take the rights of a superuser. */
const cleaning = (tables: readonly (readonly unknown[])[]): string =>
  [
    `truncate ${tables.map(([name]) => name).join(', ')}`,
    ...filled.map((name) => `insert into ${name} select * from new_${name}`),
  ].join('; ')
