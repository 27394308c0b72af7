import { chmodSync, closeSync, constants, copyFileSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What SQLite keeps beside a database: its log, the log's index, and the journal of a database that has no log. */
export const beside = (path: string): readonly string[] => [`${path}-wal`, `${path}-shm`, `${path}-journal`]

/** Those of them that SQLite would replay when it opens the database. */
export const replayable = (path: string): readonly string[] =>
  [`${path}-wal`, `${path}-journal`].filter((file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0)

/** Copies a file with mode 0600. The content is on disk when this returns, the folder's entry is not. */
export const copyPrivately = (from: string, to: string): void => {
  copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  chmodSync(to, 0o600)
  syncFile(to)
}

export const removeWithLogs = (path: string): void => {
  for (const file of [path, ...beside(path)]) rmSync(file, { force: true })
}

export const syncFile = (path: string): void => {
  const file = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The names in the folder are on disk when this returns. */
export const syncFolderOf = (path: string): void => syncFile(dirname(path))

/** Leaves nothing in the unused parts of a database that no other process has open. */
export const writeAnew = (path: string): void => {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('vacuum')
  } finally {
    db.close()
  }
}
