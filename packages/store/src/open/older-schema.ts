import { lstatSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type Pause, timerPause } from '../engine/pause.ts'
import { isBusy } from '../engine/sqlite/fault.ts'
import { type FolderLock, lockAlone, lockShared } from '../engine/sqlite/folder-lock.ts'
import { StoreOpenError } from '../engine/store-open-error.ts'
import { knownVersion } from '../migrations/migrations.ts'

/** A database whose schema is older than this program's. */
export interface OlderSchema {
  readonly path: string
  readonly schemaVersion: number
  /** What it is migrated to. */
  readonly knownVersion: number
}

/** What is done about a database of an older schema. */
export interface MigrationHooks {
  /** Runs before the migration, alone on the database. If it rejects, nothing is migrated. */
  before?(found: OlderSchema): Promise<void>
  after?(found: OlderSchema): Promise<void>
}

interface Waiting {
  readonly path: string
  readonly pause?: Pause | undefined
  readonly lockLimitMilliseconds?: number | undefined
}

/**
 * Locks the database as in use, after it was migrated if that is needed. No other process has it open during the migration: an
 * older program would go on writing rows without what the new schema needs.
 *
 * @param hooks `refuse`: an older schema is an error, and nothing is changed.
 * @throws StoreOpenError `schema_older`, `locked`, `file_unusable`; what the hooks and `migrate` throw.
 */
export const lockMigrated = async (
  options: Waiting,
  hooks: MigrationHooks | 'refuse',
  migrate: () => Promise<void>,
): Promise<FolderLock> => {
  const { path, pause = timerPause, lockLimitMilliseconds = 2000 } = options
  const deadline = pause.elapsedMilliseconds() + lockLimitMilliseconds
  for (;;) {
    const shared = await lockShared(path, pause, lockLimitMilliseconds)
    try {
      const found = await olderSchema(options)
      if (found === undefined) return shared
      if (hooks === 'refuse') throw olderError(found)
    } catch (error) {
      shared.release()
      throw error
    }
    shared.release()
    const alone = lockAlone(path)
    if (alone) {
      try {
        await migrateOnce(options, hooks, migrate)
      } finally {
        alone.release()
      }
    } else if (pause.elapsedMilliseconds() >= deadline) {
      const message = `${path} has to be migrated, and another process has it open: stop that one first`
      throw new StoreOpenError('locked', message)
    } else {
      await pause.wait(5)
    }
  }
}

/** Another process may have migrated it meanwhile. */
const migrateOnce = async (options: Waiting, hooks: MigrationHooks, migrate: () => Promise<void>): Promise<void> => {
  const found = await olderSchema(options)
  if (found === undefined) return
  await hooks.before?.(found)
  await migrate()
  await hooks.after?.(found)
}

/** For whoever must not migrate. */
export const olderError = ({ path, schemaVersion }: OlderSchema): StoreOpenError =>
  new StoreOpenError(
    'schema_older',
    `${path} has schema ${schemaVersion}, and this program needs ${knownVersion}: "countersign serve" migrates it, and "countersign migrate" without serving`,
  )

/**
 * The schema of the database at `path`, if it is older than this program's. A file that cannot be read is none: whoever opens it
 * says why.
 *
 * @throws StoreOpenError `locked`.
 */
export const olderSchema = async ({
  path,
  pause = timerPause,
  lockLimitMilliseconds = 2000,
}: Waiting): Promise<OlderSchema | undefined> => {
  const file = lstatSync(path, { throwIfNoEntry: false })
  if (!file?.isFile() || file.size === 0) return undefined
  const deadline = pause.elapsedMilliseconds() + lockLimitMilliseconds
  for (;;) {
    try {
      const schemaVersion = versionAt(path)
      return schemaVersion > 0 && schemaVersion < knownVersion ? { path, schemaVersion, knownVersion } : undefined
    } catch (error) {
      if (!isBusy(error)) return undefined
      if (pause.elapsedMilliseconds() >= deadline) {
        throw new StoreOpenError('locked', `another process keeps ${path} locked`, error)
      }
    }
    await pause.wait(5)
  }
}

/** 0 where there is no schema yet. */
const versionAt = (path: string): number => {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  try {
    const table = db.prepare(`select 1 from sqlite_schema where name = 'schema_versions'`).get()
    if (table === undefined) return 0
    return Number(db.prepare('select max(version) as version from schema_versions').get()?.version ?? 0)
  } finally {
    db.close()
  }
}
