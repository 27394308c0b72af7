import { chmodSync, closeSync, constants, lstatSync, openSync, type Stats } from 'node:fs'
import { StoreOpenError } from '../store-open-error.ts'
import { errorCode } from './fault.ts'

const ownerOnly = 0o600
const openToOthers = 0o077

/**
 * Secures the database's files before SQLite opens them: mode 0600, no links, owned by this user. A mode open to group or others
 * is tightened; links and foreign owners are refused. The WAL and the shared memory take the mode of the database file when
 * SQLite makes them.
 *
 * @throws StoreOpenError `file_unsafe`, `file_unusable`.
 */
export const secureDataFile = (path: string): void => {
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, ownerOnly))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw new StoreOpenError('file_unusable', `cannot create ${path}`, error)
  }
  for (const file of dataFiles(path)) {
    const facts = lookAt(file)
    if (facts !== undefined) secure(file, facts)
  }
}

/** The database and what SQLite keeps beside it. */
export const dataFiles = (path: string): readonly string[] => [path, `${path}-wal`, `${path}-shm`]

/**
 * The files in use, each known by its inode from the first time it is seen. SQLite keeps writing to the files that it has opened,
 * even after they were renamed or replaced: those writes would be lost.
 */
export class FilesInUse {
  readonly #paths: readonly string[]
  readonly #seen = new Map<string, string>()

  constructor(path: string) {
    this.#paths = dataFiles(path)
    this.areInPlace()
  }

  /** Whether each name still leads to the file that was seen. */
  areInPlace(): boolean {
    return this.#paths.every((path) => this.#isInPlace(path))
  }

  #isInPlace(path: string): boolean {
    const facts = lstatSync(path, { throwIfNoEntry: false })
    const known = this.#seen.get(path)
    const identity = facts && `${facts.dev}:${facts.ino}`
    if (known !== undefined) return identity === known
    // The log appears with the first use of the database.
    if (identity !== undefined) this.#seen.set(path, identity)
    return true
  }
}

/** `undefined` if there is no such file. Links are not followed. */
export const lookAt = (path: string): Stats | undefined => {
  try {
    return lstatSync(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw new StoreOpenError('file_unusable', `cannot look at ${path}`, error)
  }
}

const secure = (path: string, facts: Stats): void => {
  if (!facts.isFile()) throw new StoreOpenError('file_unsafe', `${path} is not a regular file`)
  if (facts.nlink > 1) throw new StoreOpenError('file_unsafe', `${path} has more than one name (hard links)`)
  const user = process.geteuid?.()
  if (user !== undefined && facts.uid !== user)
    throw new StoreOpenError('file_unsafe', `${path} belongs to another user`)
  if ((facts.mode & openToOthers) === 0) return
  try {
    chmodSync(path, ownerOnly)
  } catch (error) {
    throw new StoreOpenError('file_unsafe', `${path} is open to others, and its mode cannot be changed`, error)
  }
}
