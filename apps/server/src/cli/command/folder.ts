import { AuthError } from '@countersign/core'
import { type Authority, openAuthority } from '../../compose/authority.ts'
import { type DatabaseConfig, databaseLabel, isOnServer } from '../../compose/database-server.ts'
import { type OpenDatabaseOptions, openDatabase } from '../../compose/open-database.ts'
import type { Config } from '../../config/config.ts'
import { settingsHelp } from '../../config/documentation.ts'
import { readConfig } from '../../config/read-config.ts'
import { schemaOf } from '../../config/schema.ts'
import { dialects } from '../../dialects/registry.ts'
import { createLogger, type Logger } from '../../log/logger.ts'
import { type Io, Refusal } from './io.ts'

export const allSettings = schemaOf(dialects)

/** Flags of the admin commands: enough to find the data folder of a server. */
export const folderSettings = allSettings.filter(({ flag }) =>
  ['data', 'database-url', 'database-url-file', 'master-key-file', 'log-level'].includes(flag),
)

export const folderHelp = `${settingsHelp(folderSettings)}\n  --json\n      One line of JSON on standard output.`

/** @throws ConfigError */
export const configFor = (flags: Readonly<Record<string, string>>, io: Pick<Io, 'env'>): Config =>
  readConfig({ flags, env: io.env }, dialects)

/** A command logs only warnings and errors unless another level is set. */
export const commandLogger = (config: Config, io: Pick<Io, 'log'>): Logger =>
  createLogger({ level: config.logLevel === 'info' ? 'warn' : config.logLevel, sink: io.log })

/** Epoch seconds. */
export const wallSeconds = (): number => Math.floor(Date.now() / 1000)

/**
 * Opens the database for a command that works below the use cases. It is not migrated.
 *
 * @throws StoreOpenError, DataFolderError
 */
export const openStoreFor = (
  config: Config,
  io: Pick<Io, 'log'>,
  use: Pick<OpenDatabaseOptions, 'alone' | 'makes'>,
): ReturnType<typeof openDatabase> =>
  openDatabase(config, { migrates: false, logger: commandLogger(config, io), now: wallSeconds, ...use })

/** How a command uses the data folder. */
export interface FolderUse {
  /**
   * Whether the command may create the folder. Default: false; otherwise a mistyped path would create an empty
   * authority.
   */
  readonly makes?: boolean
  /** Whether the command changes anything. If so, it prints the folder's path on standard error. Default: true. */
  readonly changes?: boolean
}

/**
 * Opens the data folder, runs `work`, and closes the folder.
 *
 * @throws DataFolderError if there is no data folder.
 */
export async function withAuthority<T>(
  flags: Readonly<Record<string, string>>,
  io: Pick<Io, 'env' | 'log' | 'err'>,
  work: (authority: Authority) => Promise<T>,
  { makes = false, changes = true }: FolderUse = {},
): Promise<T> {
  const config = configFor(flags, io)
  const authority = await openAuthority(config, {
    logger: commandLogger(config, io),
    makes,
    migrates: false,
    asServed: true,
  })
  try {
    const outcome = await work(authority)
    if (changes) sayFolder(config, io)
    return outcome
  } finally {
    await authority.close()
  }
}

/** Prints the data folder, or the database, so that a user who meant another one notices. */
export const sayFolder = (config: DatabaseConfig, io: Pick<Io, 'err'>): void =>
  io.err(isOnServer(config) ? `database: ${databaseLabel(config)}\n` : `data folder: ${config.data}\n`)

/** Turns `not_found` into a message that names what the command looked for. @throws Refusal */
export async function foundOr<T>(refusal: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof AuthError && error.code === 'not_found') throw new Refusal(refusal)
    throw error
  }
}
