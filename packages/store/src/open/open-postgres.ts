import type { Clock } from '@countersign/core'
import { openPostgres, type PostgresEngine } from '../engine/postgres/postgres-engine.ts'
import { StoreOpenError } from '../engine/store-open-error.ts'
import { migrate, schemaVersion } from '../migrations/migrate.ts'
import { knownVersion, migrations } from '../migrations/migrations.ts'
import { type StoreHandle, storeOn } from './open.ts'

export interface PostgresStoreOptions {
  /** A connection URI as libpq has it. */
  readonly url: string
  /** Dates the migrations. Default is the wall clock. */
  readonly clock?: Pick<Clock, 'now'> | undefined
  /**
   * What is done about a database of an older schema. Default is `refuse`: other instances may be using it. One without a schema is
   * given it in either case.
   */
  readonly older?: 'migrate' | 'refuse' | undefined
}

/**
 * Opens the store on a database server. A role that may not define tables can open it once another one has migrated it.
 *
 * @throws StoreOpenError whose message is for the operator: see `StoreOpenErrorCode`.
 */
export const openPostgresStore = async (options: PostgresStoreOptions): Promise<StoreHandle> => {
  const { url, older = 'refuse', clock = { now: () => Math.floor(Date.now() / 1000) } } = options
  const engine = await openPostgres({ url })
  try {
    if (await hasToMigrate(engine, older)) await migrateWithoutHaste(url, clock.now())
  } catch (error) {
    await engine.close()
    throw error
  }
  return storeOn(engine)
}

/** @throws StoreOpenError `schema_older`, `schema_newer`. */
const hasToMigrate = async (engine: PostgresEngine, older: 'migrate' | 'refuse'): Promise<boolean> => {
  const version = (await engine.isEmpty()) ? 0 : await schemaVersion(engine)
  if (version === knownVersion) return false
  if (version > knownVersion) {
    const message = `the database has schema ${version}, and this program knows ${knownVersion}, since a later version of Countersign has migrated it`
    throw new StoreOpenError('schema_newer', message)
  }
  if (version > 0 && older === 'refuse') {
    const message = `the database has schema ${version}, and this program needs ${knownVersion}: back it up, stop every instance, and run "countersign migrate"`
    throw new StoreOpenError('schema_older', message)
  }
  return true
}

/** A migration may take longer than any other unit, and waits for another instance's. */
const migrateWithoutHaste = async (url: string, now: number): Promise<void> => {
  const engine = await openPostgres({ url, timeouts: { statement: 0, lock: 0 } })
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
