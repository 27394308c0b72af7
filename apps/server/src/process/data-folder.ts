// The folder in which everything is kept: its names and its modes. It must not know what the files mean.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { syncFolder } from './durable-file.ts'
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
  try {
    makeFolder(resolve(data))
    if (!statSync(data).isDirectory()) throw new Error('not a folder')
  } catch (error) {
    throw new DataFolderError(`data folder ${data} cannot be made or used`, error)
  }
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
