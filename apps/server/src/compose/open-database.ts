// Opens the database of a data folder: who may migrate it, and the backup that is made before.
import {
  backUpBeforeMigration,
  keepNewestBackups,
  knownVersion,
  type MigrationBackup,
  migrationBackups,
  openPostgresStore,
  openStore,
  type StoreHandle,
  StoreOpenError,
} from '@countersign/store'
import type { Config } from '../config/config.ts'
import { DataFolderError, databaseFile, makeFolder } from '../data-folder/data-folder.ts'
import { systemCode } from '../data-folder/system-error.ts'
import type { Logger } from '../log/logger.ts'
import { type DatabaseConfig, serverUrl } from './database-server.ts'

export type MigrationConfig = Pick<Config, 'migrationBackups' | 'migrationBackupFolder'> & DatabaseConfig

export interface OpenDatabaseOptions {
  /**
   * Whether a database of an older schema is migrated. Otherwise it is refused. On a server, which others may be using, only
   * `always` migrates it.
   */
  readonly migrates: boolean | 'always'
  /** Whether a database on a server is given its schema if it has none. Default: true. */
  readonly makes?: boolean | undefined
  /** Whether it is refused while a server, or another command, has the database open. Default: false. */
  readonly alone?: boolean
  readonly logger: Logger
  /** Epoch seconds. */
  readonly now: () => number
  /** Default asks the file system. */
  readonly freeBytes?: ((folder: string) => number) | undefined
}

/** @throws StoreOpenError, BackupError, DataFolderError with a message for the user of the command line. */
export async function openDatabase(config: MigrationConfig, options: OpenDatabaseOptions): Promise<StoreHandle> {
  const url = serverUrl(config)
  if (url !== undefined) return openOnServer(url, options)
  const older = options.migrates ? migrating(config, options) : 'refuse'
  try {
    return await openStore({ path: databaseFile(config.data), older, alone: options.alone })
  } catch (error) {
    if (error instanceof StoreOpenError && error.code === 'schema_newer') throw withWayBack(error, config)
    throw error
  }
}

const openOnServer = (
  url: string,
  { migrates, makes = true, alone, now }: OpenDatabaseOptions,
): Promise<StoreHandle> => {
  const older = migrates === 'always' ? 'migrate' : 'refuse'
  return openPostgresStore({ url, older, empty: makes ? 'initialize' : 'refuse', alone, clock: { now } })
}

const migrating = (
  { migrationBackups: keep, migrationBackupFolder: folder }: MigrationConfig,
  { logger, now, freeBytes }: OpenDatabaseOptions,
) => ({
  before: async ({ path, schemaVersion }: { readonly path: string; readonly schemaVersion: number }) => {
    if (keep === 0) {
      logger.warn('migration_without_backup', { schema: schemaVersion })
      return
    }
    makeBackupFolder(folder)
    const { file, bytes } = backUpBeforeMigration({ path, schemaVersion, folder, now: now(), freeBytes })
    logger.info('database_backed_up', { schema: schemaVersion, bytes, backup: file.slice(file.lastIndexOf('/') + 1) })
  },
  after: async ({ schemaVersion }: { readonly schemaVersion: number }) => {
    if (keep > 0) keepNewestBackups(folder, keep)
    logger.info('database_migrated', { schema: knownVersion, schema_before: schemaVersion })
  },
})

function makeBackupFolder(folder: string): void {
  try {
    makeFolder(folder)
  } catch (error) {
    throw new DataFolderError(`the folder ${folder} for the backup before the migration cannot be made`, error)
  }
}

/** The newest backup that this version can read is the way back. */
function withWayBack(error: StoreOpenError, { data, migrationBackupFolder }: MigrationConfig): StoreOpenError {
  const backup = backupsIn(migrationBackupFolder).findLast((one) => one.schemaVersion <= knownVersion)
  const file = backup?.file ?? 'FILE'
  const which = backup ? '' : ', FILE being a backup that was made before'
  const way = `use that version, or go back with "countersign restore ${file} --data ${data}"${which}`
  return new StoreOpenError(error.code, `${error.message}: ${way}`, error)
}

/** A folder that cannot be read names no backup; the refusal is said anyway. */
function backupsIn(folder: string): readonly MigrationBackup[] {
  try {
    return migrationBackups(folder)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return []
  }
}
