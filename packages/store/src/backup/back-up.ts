import { randomUUID } from 'node:crypto'
import { closeSync, constants, existsSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { lockShared } from '../engine/sqlite/folder-lock.ts'
import { BackupError } from './backup-error.ts'
import { removeWithLogs, syncFile, syncFolderOf } from './files.ts'
import { inspect } from './inspect.ts'

export interface BackupFacts {
  readonly bytes: number
  readonly schemaVersion: number
}

/**
 * Copies the database at `path` into one new file with mode 0600. The copy is consistent, and is opened and checked before it gets
 * its name. Servers and commands continue meanwhile; what they commit after the start is not in it. Nothing is migrated.
 *
 * @throws BackupError `exists`, `unwritable`, `damaged`, `no_backup`.
 */
export const backUpDatabase = async (path: string, file: string): Promise<BackupFacts> => {
  const lock = await lockShared(path)
  try {
    return copyDatabase(path, file)
  } finally {
    lock.release()
  }
}

/** The same for a caller that holds a lock on the database. */
export const copyDatabase = (path: string, file: string): BackupFacts => {
  const draft = `${file}.${randomUUID()}`
  try {
    if (existsSync(file)) throw taken(file)
    copyInto(draft, path)
    const { schemaVersion } = inspect(draft, `the copy of ${path}`)
    syncFile(draft)
    publish(draft, file)
    return { bytes: statSync(file).size, schemaVersion }
  } finally {
    removeWithLogs(draft)
  }
}

/** Copies the database into a new file of mode 0600. One read transaction: it neither waits for a writer nor blocks one. */
export const copyInto = (draft: string, path: string): void => {
  try {
    // SQLite itself would make it readable by group and others.
    closeSync(openSync(draft, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600))
  } catch (error) {
    throw new BackupError('unwritable', `${draft} cannot be made`, error)
  }
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: 2000 })
    db.prepare('vacuum into ?').run(draft)
  } catch (error) {
    throw new BackupError('unwritable', `${path} cannot be copied: ${reason(error)}`, error)
  } finally {
    db?.close()
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : 'unknown fault')

/** Replaces no file, even where the file system has no hard links. */
const publish = (draft: string, file: string): void => {
  try {
    linkSync(draft, file)
    rmSync(draft)
  } catch (error) {
    if (existsSync(file)) throw taken(file)
    try {
      renameSync(draft, file)
    } catch {
      throw new BackupError('unwritable', `${file} cannot be made`, error)
    }
  }
  syncFolderOf(file)
}

const taken = (file: string): BackupError =>
  new BackupError('exists', `${file} is there already: a backup replaces no file`)
