import { closeSync, constants, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type Pause, timerPause } from '../pause.ts'
import { StoreOpenError } from '../store-open-error.ts'
import { errorCode, isBusy } from './fault.ts'

/*
 * Shows whether a database is open. Beside it is an empty SQLite file, on which each process that has the database open holds a
 * shared lock. It is a lock of the operating system (fcntl), so it ends with its process, even after a crash. A file with a
 * process id would not: after a crash the id may be another program's.
 */

export interface FolderLock {
  /** May be called twice. */
  release(): void
}

const lockFile = (path: string): string => `${path}-lock`

/**
 * Locks the database at `path` as in use. Several processes may do so at the same time.
 *
 * @param limitMilliseconds How long to wait for a process that has it exclusively. Default is 2000.
 * @throws StoreOpenError `locked`, `file_unusable`.
 */
export const lockShared = async (
  path: string,
  pause: Pause = timerPause,
  limitMilliseconds = 2000,
): Promise<FolderLock> => {
  const deadline = pause.elapsedMilliseconds() + limitMilliseconds
  for (;;) {
    try {
      return take(path, 'begin', (db) => db.prepare('select count(*) from sqlite_schema').get())
    } catch (error) {
      if (!isBusy(error)) throw unusable(path, error)
      if (pause.elapsedMilliseconds() >= deadline) {
        throw new StoreOpenError(
          'locked',
          `${path} is being restored, checked, migrated or resealed: try again later`,
          error,
        )
      }
    }
    await pause.wait(5)
  }
}

/**
 * Locks the database at `path` exclusively: no process has it open, and none can open it until the release.
 *
 * @returns `undefined` if a process has it open.
 * @throws StoreOpenError `file_unusable`.
 */
export const lockAlone = (path: string): FolderLock | undefined => {
  try {
    return take(path, 'begin exclusive')
  } catch (error) {
    if (isBusy(error)) return undefined
    throw unusable(path, error)
  }
}

/** Whether no process has the database at `path` open. */
export const isUnused = (path: string): boolean => {
  const lock = lockAlone(path)
  lock?.release()
  return lock !== undefined
}

const take = (path: string, begin: string, hold: (db: DatabaseSync) => unknown = () => {}): FolderLock => {
  makeLockFile(lockFile(path))
  const db = new DatabaseSync(lockFile(path), { timeout: 0 })
  try {
    // Nothing is written to it, so it needs no journal.
    db.exec('pragma journal_mode = memory')
    db.exec(begin)
    hold(db)
  } catch (error) {
    db.close()
    throw error
  }
  return {
    release: () => {
      if (db.isOpen) db.close()
    },
  }
}

/** Made with mode 0600. An existing one is not opened: closing it would end the locks that this process holds. */
const makeLockFile = (file: string): void => {
  try {
    closeSync(openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

const unusable = (path: string, error: unknown): StoreOpenError =>
  new StoreOpenError('file_unusable', `${lockFile(path)} cannot be made or locked`, error)
