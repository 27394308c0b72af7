// The folder in which everything is kept: its names and its modes. It must not know what the files mean.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { syncFolder } from './durable-file.ts'
import { asUser, otherOwner } from './folder-owner.ts'
import { isSystemError } from './system-error.ts'

/** The data folder cannot be used. The message is one line for whoever starts the program. */
export class DataFolderError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DataFolderError'
  }
}

export const databaseFile = (data: string): string => join(data, 'countersign.db')
export const tlsFolder = (data: string): string => join(data, 'tls')

/** Makes the folder, open to nobody else, if there is none. @throws DataFolderError */
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
 * Refuses a folder that is somebody else's before anything in it is touched: what this user would make there, its owner could
 * not read.
 *
 * @throws DataFolderError with whose it is, and what to type.
 */
export function requireOwnFolder(data: string): void {
  const owner = otherOwner(data)
  if (owner === undefined) return
  const remedy = `run this as that user: ${asUser(owner)} countersign …`
  throw new DataFolderError(`data folder ${data} belongs to ${owner}; ${remedy}`)
}

/** For what makes no folder. @throws DataFolderError */
export function requireFolder(data: string): void {
  requireOwnFolder(data)
  if (!existsSync(data)) throw new DataFolderError(`there is no ${data}; --data names the folder of the server`)
}

/**
 * For what works on a folder that is in use already: in any other it would invent an empty authority.
 *
 * @throws DataFolderError
 */
export function requireDatabase(data: string): void {
  requireOwnFolder(data)
  if (!hasDatabase(data))
    throw new DataFolderError(`there is no database in ${data}; --data names the folder of the server`)
}

/**
 * Makes a folder that is open to nobody else, and those above it, and makes their names durable: what is acknowledged in it
 * would be lost with it. Parents first: Node.js's own `recursive` never comes to an end where nothing can be made, as in
 * /proc.
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
    // Another process was first.
    if (!isSystemError(error, 'EEXIST')) throw error
  }
  try {
    syncFolder(dirname(path))
  } catch (error) {
    // A folder in which we may make names but not list them cannot be synced; nor can one on some network file systems.
    if (!isSystemError(error, 'EACCES') && !isSystemError(error, 'EINVAL')) throw error
  }
}

/** Whether a database was ever made here. */
export const hasDatabase = (data: string): boolean => existsSync(databaseFile(data))

/** Whether others than the owner may list or change the folder. */
export const isOpenToOthers = (path: string): boolean => (statSync(path).mode & 0o077) !== 0
