import type { Clock } from '@countersign/core'
import type { Engine } from '../engine/engine.ts'
import { timerPause } from '../engine/pause.ts'
import { labelOf, parseAddress } from '../engine/postgres/address.ts'
import type { PostgresEngine, PostgresOptions } from '../engine/postgres/postgres-engine.ts'
import { countOtherSessions } from '../engine/postgres/preparation.ts'
import { StoreOpenError } from '../engine/store-open-error.ts'
import { migrate, schemaVersion } from '../migrations/migrate.ts'
import { knownVersion, migrations } from '../migrations/migrations.ts'
import { type ResealedRows, type SealAnewOptions, sealAnew } from '../sealed/reseal-rows.ts'
import { type StoreHandle, storeOn } from './open.ts'

export interface PostgresStoreOptions {
  /** A connection URI as libpq has it. */
  readonly url: string
  /** Dates the migrations. Default is the wall clock. */
  readonly clock?: Pick<Clock, 'now'> | undefined
  /**
   * What is done about a database of an older schema. Default is `refuse`: other instances may be using it.
   */
  readonly older?: 'migrate' | 'refuse' | undefined
  /** What is done about a database without a schema. Default is that it is given one. */
  readonly empty?: 'initialize' | 'refuse' | undefined
  /** Whether the database is refused while it has other sessions. Default is false. */
  readonly alone?: boolean | undefined
}

/** Names a database for messages, without user and password. @throws StoreOpenError `address_invalid`. */
export const addressLabel = (url: string): string => labelOf(parseAddress(url))

/**
 * Opens the store on a database server. A role that may not define tables can open it once another one has migrated it.
 *
 * @throws StoreOpenError whose message is for the operator: see `StoreOpenErrorCode`.
 */
export const openPostgresStore = async (options: PostgresStoreOptions): Promise<StoreHandle> => {
  const { url, alone = false, clock = { now: () => Math.floor(Date.now() / 1000) } } = options
  const engine = await openEngine({ url })
  try {
    const label = addressLabel(url)
    if (alone && (await othersStay(engine))) throw othersError(label)
    if (await hasToMigrate(engine, label, options)) await migrateWithoutHaste(url, clock.now())
    engine.requireSchema(knownVersion)
  } catch (error) {
    await engine.close()
    throw error
  }
  return { ...storeOn(engine), sealAnew: (sealing) => sealAnewAlone(engine, url, sealing) }
}

const othersError = (label: string): StoreOpenError =>
  new StoreOpenError('locked', `${label} has other sessions: stop every server, and every pooler, first`)

/** A server may have been started meanwhile. After the commit, one that has the old key can read no key set. */
const sealAnewAlone: (engine: Engine, url: string, options: SealAnewOptions) => Promise<ResealedRows> = (
  engine,
  url,
  options,
) =>
  sealAnew(engine, {
    ...options,
    beforeCommit: async (execute) => {
      const [others] = await execute.all(countOtherSessions, {})
      if (others !== 0) throw othersError(addressLabel(url))
    },
  })

const patienceMilliseconds = 2000

/** Waits for sessions that are ending: the database notices the end of a server a moment after it. */
const othersStay = async (engine: PostgresEngine): Promise<boolean> => {
  const deadline = timerPause.elapsedMilliseconds() + patienceMilliseconds
  while ((await engine.othersConnected()) > 0) {
    if (timerPause.elapsedMilliseconds() >= deadline) return true
    await timerPause.wait(20)
  }
  return false
}

/** The driver is loaded by those alone who use it. */
const openEngine = async (options: PostgresOptions): Promise<PostgresEngine> => {
  const { openPostgres } = await import('../engine/postgres/postgres-engine.ts')
  return openPostgres(options)
}

type Rules = Pick<PostgresStoreOptions, 'older' | 'empty'>

/** @throws StoreOpenError `schema_older`, `schema_newer`. */
const hasToMigrate = async (engine: PostgresEngine, label: string, { older, empty }: Rules): Promise<boolean> => {
  const version = (await engine.isEmpty()) ? 0 : await schemaVersion(engine)
  if (version === knownVersion && (await engine.isFenced(version))) return false
  if (version > knownVersion) {
    const message = `${label} has schema ${version}, and this program knows ${knownVersion}, since a later version of Countersign has migrated it`
    throw new StoreOpenError('schema_newer', message)
  }
  if (version === 0 && empty === 'refuse') {
    const message = `${label} has no schema: "countersign serve" makes it, and "countersign migrate" without serving`
    throw new StoreOpenError('schema_older', message)
  }
  if (version > 0 && older !== 'migrate') {
    const lack =
      version === knownVersion
        ? 'without the table that keeps other versions out'
        : `and this program needs ${knownVersion}`
    const message = `${label} has schema ${version}, ${lack}: back it up, stop every server, and run "countersign migrate"`
    throw new StoreOpenError('schema_older', message)
  }
  return true
}

/** A migration may take longer than any other unit, and waits for another instance's. */
const migrateWithoutHaste = async (url: string, now: number): Promise<void> => {
  const engine = await openEngine({ url, timeouts: { statement: 0, lock: 0 } })
  try {
    await migrateAlone(engine, now)
  } finally {
    await engine.close()
  }
}

/** Makes the rows that instances wait for each other on, and then migrates. */
export const migrateAlone = async (engine: PostgresEngine, now: number): Promise<void> => {
  await engine.prepare()
  await migrate(engine, migrations, now)
}

/** The version of the schema of a database on a server; 0 where there is none. @throws StoreOpenError */
export const serverSchema = async (url: string): Promise<number> => {
  const engine = await openEngine({ url })
  try {
    return (await engine.isEmpty()) ? 0 : await schemaVersion(engine)
  } finally {
    await engine.close()
  }
}
