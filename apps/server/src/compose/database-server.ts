// Which database is meant: the one in the data folder, or one on a database server.
import { addressLabel } from '@countersign/store'
import type { Config } from '../config/config.ts'
import { DataFolderError, databaseFile } from '../data-folder/data-folder.ts'
import { readSecretFile, SecretFileError } from '../data-folder/secret-file.ts'

export type DatabaseConfig = Pick<Config, 'data' | 'databaseUrl' | 'databaseUrlFile'>

/** Whether the database is on a server, and not in the data folder. */
export const isOnServer = ({ databaseUrl, databaseUrlFile }: Omit<DatabaseConfig, 'data'>): boolean =>
  databaseUrl !== undefined || databaseUrlFile !== undefined

/**
 * The URL of the database on a server; `undefined` if it is in the data folder. It may have a password in it.
 *
 * @throws DataFolderError if the file with the URL cannot be used.
 */
export function serverUrl({ databaseUrl, databaseUrlFile: file }: Omit<DatabaseConfig, 'data'>): string | undefined {
  return databaseUrl ?? (file === undefined ? undefined : readUrl(file))
}

function readUrl(file: string): string {
  try {
    const url = readSecretFile(file, { links: 'inside' })?.toString('utf8').trim()
    if (url !== undefined && url !== '') return url
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    throw new DataFolderError(`database URL file ${file} ${error.message}`, error.cause)
  }
  throw new DataFolderError(`database URL file ${file} is missing or empty`)
}

/** For messages: the file, or database and host, without user and password. @throws DataFolderError, StoreOpenError */
export function databaseLabel(config: DatabaseConfig): string {
  const url = serverUrl(config)
  return url === undefined ? databaseFile(config.data) : addressLabel(url)
}

/**
 * For commands that work on the file of the database.
 *
 * @param instead What to do with a database on a server: it ends the sentence.
 * @throws DataFolderError
 */
export function requireFile(config: DatabaseConfig, command: string, instead: string): void {
  if (isOnServer(config)) {
    throw new DataFolderError(`"countersign ${command}" is for a database in the data folder: ${instead}`)
  }
}
