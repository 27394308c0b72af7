// The data folder: the names and modes of its files. The folder data-folder/ reads and writes files safely and must not
// know what they mean.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { syncFolder } from './durable-file.ts'
import { asUser, otherOwner } from './folder-owner.ts'
import { isSystemError } from './system-error.ts'

/** The data folder cannot be used. The message is one line for the user of the command line. */
export class DataFolderError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DataFolderError'
  }
}

export const databaseFile = (data: string): string => join(data, 'countersign.db')

/** The sizes of the database (`main`) and of its write-ahead log (`wal`), as far as they exist. */
export function databaseBytes(data: string): ReadonlyMap<string, number> {
  const files = { main: databaseFile(data), wal: `${databaseFile(data)}-wal` }
  const sizes = Object.entries(files).map(([name, path]) => [name, statSync(path, { throwIfNoEntry: false })?.size])
  return new Map(sizes.filter((entry): entry is [string, number] => entry[1] !== undefined))
}

export const tlsFolder = (data: string): string => join(data, 'tls')

/** Creates the folder, accessible to its owner only, if it does not exist. @throws DataFolderError */
export function makeDataFolder(data: string): void {
  requireOwnFolder(data)
  try {
    makeFolder(resolve(data))
    if (!statSync(data).isDirectory()) throw new Error('not a folder')
  } catch (error) {
    throw new DataFolderError(`data folder ${data} cannot be made or used`, error)
  }
}

/**
 * Refuses a folder of another user before anything in it is changed. Otherwise this user would create files that the
 * folder's owner cannot read.
 *
 * @throws DataFolderError with the owner and the command to type.
 */
export function requireOwnFolder(data: string): void {
  const owner = otherOwner(data)
  if (owner === undefined) return
  const remedy = `run this as that user: ${asUser(owner)} countersign …`
  throw new DataFolderError(`data folder ${data} belongs to ${owner}; ${remedy}`)
}

/** For commands that create no folder. @throws DataFolderError */
export function requireFolder(data: string): void {
  requireOwnFolder(data)
  if (!existsSync(data)) throw new DataFolderError(`there is no ${data}; --data names the folder of the server`)
}

/**
 * For commands that need an existing database. Otherwise a mistyped path would create an empty authority.
 *
 * @throws DataFolderError
 */
export function requireDatabase(data: string): void {
  requireOwnFolder(data)
  if (!hasDatabase(data))
    throw new DataFolderError(`there is no database in ${data}; --data names the folder of the server`)
}

/**
 * Creates a folder that only its owner can access, with its parents, and syncs each parent, so that the folder survives
 * a power failure. Creates parents first: Node.js's own `recursive` does not terminate where nothing can be created, as
 * in /proc.
 *
 * @param path Absolute.
 * @throws Error of the system.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process created it.
    if (!isSystemError(error, 'EEXIST')) throw error
  }
  try {
    syncFolder(dirname(path))
  } catch (error) {
    // A folder in which names can be created but not listed cannot be synced; nor can some network file systems.
    if (!isSystemError(error, 'EACCES') && !isSystemError(error, 'EINVAL')) throw error
  }
}

/** Whether the folder has a database. */
export const hasDatabase = (data: string): boolean => existsSync(databaseFile(data))

/** Whether group or others have any access. */
export const isOpenToOthers = (path: string): boolean => (statSync(path).mode & 0o077) !== 0
