import type { Clock, Store } from '@countersign/core'
import type { DropletInventory, RecentFiles } from '@countersign/resources'
import { auditTrailOn } from '../audit/trail.ts'
import { authorizationsOn } from '../authorizations/authorizations.ts'
import type { Engine, EngineFacts, Statistics } from '../engine/engine.ts'
import type { Pause } from '../engine/pause.ts'
import { type FolderLock, lockAlone } from '../engine/sqlite/folder-lock.ts'
import { memoryPath } from '../engine/sqlite/memory.ts'
import { openSqlite, type SqliteOptions } from '../engine/sqlite/sqlite-engine.ts'
import { StoreOpenError } from '../engine/store-open-error.ts'
import { enrolmentsOn } from '../factors/enrolments.ts'
import { recoveryCodesOn } from '../factors/recovery-codes.ts'
import { migrate, schemaVersion } from '../migrations/migrate.ts'
import { knownVersion, migrations } from '../migrations/migrations.ts'
import { countersOn } from '../operation/counters.ts'
import { keysOn } from '../operation/keys.ts'
import { marksOn } from '../operation/marks.ts'
import { settingsOn } from '../operation/settings.ts'
import { usageOn } from '../operation/usage.ts'
import { apisOn } from '../principals/apis.ts'
import { clientsOn } from '../principals/clients.ts'
import { usersOn } from '../principals/users.ts'
import { dropletsOn } from '../resources/droplets.ts'
import { recentFilesOn } from '../resources/recent-files.ts'
import { revocationsOn } from '../revocations/revocations.ts'
import { type ResealedRows, type SealAnewOptions, sealAnew } from '../sealed/reseal-rows.ts'
import { type AfterRestoreOptions, endAfterRestore } from '../transfer/after-restore.ts'
import { type Exported, exportAll } from '../transfer/export.ts'
import { type ExportSource, type Imported, type ImportOptions, importAll } from '../transfer/import.ts'
import { lockMigrated, type MigrationHooks, olderError, olderSchema } from './older-schema.ts'

export interface StoreOptions {
  /** The SQLite file. Its folder must exist. If there is no file, one is made with mode 0600. */
  readonly path: string
  /** Dates the migrations. Default is the wall clock. */
  readonly clock?: Pick<Clock, 'now'> | undefined
  /** How waiting for a lock is done. Default is a timer. */
  readonly pause?: Pause | undefined
  /** How long to wait for a lock of another process before `unavailable`. Default is 2000. */
  readonly lockLimitMilliseconds?: number | undefined
  /** What is done about a database of an older schema. Default: it is migrated. `refuse`: it is left as it is. */
  readonly older?: MigrationHooks | 'refuse' | undefined
  /** Whether no other process may have it open meanwhile. Default is false. */
  readonly alone?: boolean | undefined
}

/** What `doctor` shows. */
export interface StoreFacts extends EngineFacts {
  readonly schemaVersion: number
  /** The version that this program would migrate to. */
  readonly knownSchemaVersion: number
}

/** All ports on one database. */
export interface StoreHandle extends Store {
  readonly droplets: DropletInventory
  readonly recentFiles: RecentFiles
  /** Work done by this handle since it was opened: reads, units of writing and commits. */
  statistics(): Statistics
  /** Whether the database is still where it was opened. Once it is not, every write is refused. */
  isInPlace(): boolean
  /** The clock of the database's server, in milliseconds since the epoch. `undefined` if the database has none of its own. */
  serverTime(): Promise<number | undefined>
  /** Facts about the database, with an integrity check: slow on a large one. */
  check(): Promise<StoreFacts>
  /**
   * Writes everything that the database holds, in one state of it, as text that `importFrom` reads on any engine.
   *
   * @param now Epoch seconds.
   * @param write Is given the text in order, and is awaited.
   */
  exportTo(now: number, write: (text: string) => Promise<void> | void): Promise<Exported>
  /**
   * Fills this store, which must be empty, in one commit.
   *
   * @throws TransferError `no_export`, `damaged`, `newer`, `older`, `not_empty`; what `prove` throws.
   */
  importFrom(source: ExportSource, options: ImportOptions): Promise<Imported>
  /** Ends what may have been ended since the backup that was restored. */
  endAfterRestore(options: AfterRestoreOptions): Promise<void>
  /**
   * Seals everything under another master key, in one commit. The caller is alone on the database: other processes would go on under
   * the old key.
   */
  sealAnew(options: Omit<SealAnewOptions, 'beforeCommit'>): Promise<ResealedRows>
  /** Finishes the units that were begun, then closes. Later calls reject with `StoreError` `unavailable`. */
  close(): Promise<void>
}

/**
 * Opens the store and brings its schema up to date. Several processes may have the same one open, but none while it is migrated.
 *
 * @throws StoreOpenError whose message is for the operator: see `StoreOpenErrorCode`.
 * @throws StoreError `unavailable` if the disk fails.
 */
export const openStore = async (options: StoreOptions): Promise<StoreHandle> => {
  const { older = {}, alone = false, ...opening } = options
  if (alone) return openAlone(opening)
  const lock = await lockMigrated(opening, older, async () => (await openLocked(opening)).close())
  try {
    return releasing(await openLocked(opening), lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** An older schema is refused: a migration has its own lock. */
const openAlone = async (options: Omit<StoreOptions, 'older' | 'alone'>): Promise<StoreHandle> => {
  const lock = lockAlone(options.path)
  if (!lock) {
    throw new StoreOpenError('locked', `a server, or another command, has ${options.path} open: stop it first`)
  }
  try {
    const older = await olderSchema(options)
    if (older) throw olderError(older)
    return releasing(await openLocked(options), lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

const releasing = (store: StoreHandle, lock: FolderLock): StoreHandle => ({
  ...store,
  close: () => store.close().finally(() => lock.release()),
})

/**
 * A new store in memory, for this process alone. It is gone when it is closed.
 *
 * @throws StoreOpenError `engine_too_old`.
 */
export const openMemoryStore = (options: Pick<StoreOptions, 'clock'> = {}): Promise<StoreHandle> =>
  openLocked({ ...options, path: memoryPath() })

/** The same for a caller that holds the lock on the database, or whose copy of it no other process knows. */
export const openLocked = async (
  options: Omit<StoreOptions, 'older'> & Pick<SqliteOptions, 'provesKnownAnswers'>,
): Promise<StoreHandle> => {
  const { clock = wallClock, ...sqlite } = options
  const engine = await openSqlite(sqlite)
  try {
    await migrate(engine, migrations, clock.now())
  } catch (error) {
    await engine.close()
    throw error
  }
  return storeOn(engine)
}

/** All ports on an engine whose schema is up to date. */
export const storeOn = (engine: Engine): StoreHandle => ({
  authorizations: authorizationsOn(engine),
  users: usersOn(engine),
  clients: clientsOn(engine),
  apis: apisOn(engine),
  keys: keysOn(engine),
  counters: countersOn(engine),
  usage: usageOn(engine),
  marks: marksOn(engine),
  audit: auditTrailOn(engine),
  enrolments: enrolmentsOn(engine),
  recoveryCodes: recoveryCodesOn(engine),
  settings: settingsOn(engine),
  revocations: revocationsOn(engine),
  droplets: dropletsOn(engine),
  recentFiles: recentFilesOn(engine),
  statistics: () => engine.statistics(),
  isInPlace: () => engine.isInPlace(),
  serverTime: () => engine.serverTime(),
  check: async () => ({
    ...(await engine.check()),
    schemaVersion: await schemaVersion(engine),
    knownSchemaVersion: knownVersion,
  }),
  exportTo: (now, write) => exportAll(engine, now, write),
  importFrom: (source, options) => importAll(engine, source, options),
  endAfterRestore: (options) => endAfterRestore(engine, options),
  sealAnew: (options) => sealAnew(engine, options),
  close: () => engine.close(),
})

const wallClock: Pick<Clock, 'now'> = { now: () => Math.floor(Date.now() / 1000) }
