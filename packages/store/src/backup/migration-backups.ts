import { existsSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { copyDatabase } from './back-up.ts'
import { BackupError } from './backup-error.ts'
import { syncFolderOf } from './files.ts'

/** A backup that was made before a migration. */
export interface MigrationBackup {
  readonly file: string
  readonly schemaVersion: number
}

/** A name holds the schema of the database in it, and the time (UTC). */
const shape = /^countersign-schema-(\d+)-(\d{8}T\d{6}Z(?:-\d+)?)\.db$/

/** The backups in a folder that migrations have made, oldest first. Other files are left out. */
export const migrationBackups = (folder: string): readonly MigrationBackup[] => {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((name) => {
      const [, schema, time] = shape.exec(name) ?? []
      return schema === undefined ? [] : [{ file: join(folder, name), schemaVersion: Number(schema), time: `${time}` }]
    })
    .sort((one, other) => (one.time < other.time ? -1 : 1))
    .map(({ file, schemaVersion }) => ({ file, schemaVersion }))
}

export interface BackupBeforeMigration {
  readonly path: string
  readonly schemaVersion: number
  /** An existing folder. */
  readonly folder: string
  /** Epoch seconds. */
  readonly now: number
  /** Bytes that this user can still write there. Default asks the file system. */
  readonly freeBytes?: ((folder: string) => number) | undefined
}

/**
 * Copies a database that is about to be migrated into one new file with mode 0600. The caller is alone on the database.
 *
 * Of earlier ones of the same schema only the newest is kept: a migration that is killed again and again does not fill the disk.
 *
 * @throws BackupError `no_room`, `unwritable`, `damaged`, `no_backup`.
 */
export const backUpBeforeMigration = (given: BackupBeforeMigration): MigrationBackup & { readonly bytes: number } => {
  const { path, schemaVersion, folder, now, freeBytes = freeBytesAt } = given
  const alike = migrationBackups(folder).filter((one) => one.schemaVersion === schemaVersion)
  removeAll(alike.slice(0, -1))
  const needed = sizeOf(path)
  const free = freeBytes(folder)
  if (free < needed) {
    const message = `there is no room for a backup before the migration: it needs ${needed} bytes, and ${folder} has ${free}`
    throw new BackupError('no_room', message)
  }
  const file = freeName(folder, schemaVersion, now)
  return { file, schemaVersion, bytes: copyDatabase(path, file).bytes }
}

/** Removes the oldest, so that `keep` are left. */
export const keepNewestBackups = (folder: string, keep: number): void => {
  const all = migrationBackups(folder)
  removeAll(all.slice(0, Math.max(0, all.length - keep)))
}

/** What a copy of the database needs at most. */
export const sizeOf = (path: string): number =>
  [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)

/** Of a folder that does not exist yet: what its nearest existing parent has. */
export const freeBytesAt = (folder: string): number => {
  if (!existsSync(folder) && dirname(folder) !== folder) return freeBytesAt(dirname(folder))
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

const freeName = (folder: string, schemaVersion: number, now: number): string => {
  const time = new Date(now * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  for (let attempt = 1; ; attempt++) {
    const name = join(folder, `countersign-schema-${schemaVersion}-${time}${attempt === 1 ? '' : `-${attempt}`}.db`)
    if (!existsSync(name)) return name
  }
}

const removeAll = (backups: readonly MigrationBackup[]): void => {
  for (const { file } of backups) rmSync(file, { force: true })
  const [first] = backups
  if (first) syncFolderOf(first.file)
}
