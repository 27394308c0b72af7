import { DatabaseSync } from 'node:sqlite'
import { knownVersion } from '../migrations/migrations.ts'
import { BackupError } from './backup-error.ts'

/**
 * Checks a copy of a database, and returns its schema version.
 *
 * @param path A copy that no other process has open: SQLite may make a log beside it.
 * @param name What it is called in an error.
 * @throws BackupError `no_backup`, `damaged`, `newer`.
 */
export const inspect = (path: string, name: string): { readonly schemaVersion: number } => {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    const [fault] = faults(db, name)
    if (fault !== undefined) throw new BackupError('damaged', `${name} is damaged: ${fault}`)
    const schemaVersion = versionIn(db, name)
    if (schemaVersion > knownVersion) {
      const message = `${name} has schema version ${schemaVersion}, this program knows only ${knownVersion}: use a newer one`
      throw new BackupError('newer', message)
    }
    return { schemaVersion }
  } finally {
    db.close()
  }
}

const faults = (db: DatabaseSync, name: string): readonly string[] => {
  try {
    const found = db.prepare('pragma integrity_check(1)').all()
    return found.flatMap((row) => Object.values(row).map(String)).filter((line) => line !== 'ok')
  } catch (error) {
    throw new BackupError('no_backup', `${name} is no database that can be read`, error)
  }
}

const versionIn = (db: DatabaseSync, name: string): number => {
  try {
    const version = Number(db.prepare('select max(version) as version from schema_versions').get()?.version ?? 0)
    if (version > 0) return version
  } catch (error) {
    throw new BackupError('no_backup', `${name} is no database of Countersign`, error)
  }
  throw new BackupError('no_backup', `${name} is no database of Countersign`)
}
