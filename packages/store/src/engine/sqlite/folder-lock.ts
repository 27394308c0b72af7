import { closeSync, constants, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type Pause, timerPause } from '../pause.ts'
import { StoreOpenError } from '../store-open-error.ts'
import { errorCode, isBusy } from './fault.ts'

/*
 * Who has a database open: an empty SQLite file beside it, on which each process that has the database open holds a shared
 * lock. The lock is the system's (fcntl), so that it ends with its process, however that ends. No file of process ids could do
 * this: after a crash the id may be another program's.
 */

export interface FolderLock {
  /** Callable again. */
  release(): void
}

const lockFile = (path: string): string => `${path}-lock`

/**
 * Says that the database at `path` is in use. Many may say so at once.
 *
 * @param limitMilliseconds How long somebody who has it alone is waited for. Default is 2000.
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
        throw new StoreOpenError('locked', `${path} is being restored or checked: try again later`, error)
      }
    }
    await pause.wait(5)
  }
}

/**
 * Has the database at `path` for oneself: nobody has it open, and nobody can open it until the release.
 *
 * @returns `undefined` if somebody has it open.
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
    // Nothing is ever written to it, so that no journal is needed beside it either.
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

/** Readable by nobody else. One that is there is not opened: to close it again would end the locks that this process holds. */
const makeLockFile = (file: string): void => {
  try {
    closeSync(openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

const unusable = (path: string, error: unknown): StoreOpenError =>
  new StoreOpenError('file_unusable', `${lockFile(path)} cannot be made or locked`, error)
