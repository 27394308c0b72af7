import { AuthError } from '@countersign/core'
import { type Authority, openAuthority } from '../../compose/authority.ts'
import type { Config } from '../../config/config.ts'
import { settingsHelp } from '../../config/documentation.ts'
import { readConfig } from '../../config/read-config.ts'
import { schemaOf } from '../../config/schema.ts'
import { dialects } from '../../dialects/registry.ts'
import { createLogger, type Logger } from '../../log/logger.ts'
import { type Io, Refusal } from './io.ts'

export const allSettings = schemaOf(dialects)

/** What admin commands take as flags: enough to find the data folder that a server uses. */
export const folderSettings = allSettings.filter(({ flag }) => ['data', 'master-key-file', 'log-level'].includes(flag))

export const folderHelp = `${settingsHelp(folderSettings)}\n  --json\n      One line of JSON on standard output.`

/** @throws ConfigError */
export const configFor = (flags: Readonly<Record<string, string>>, io: Pick<Io, 'env'>): Config =>
  readConfig({ flags, env: io.env }, dialects)

/** A command is not a server: what goes well is not worth a line. */
export const commandLogger = (config: Config, io: Pick<Io, 'log'>): Logger =>
  createLogger({ level: config.logLevel === 'info' ? 'warn' : config.logLevel, sink: io.log })

/** How a command treats the folder. */
export interface FolderUse {
  /** Whether it may make one. Default is false: in a wrong folder it would invent an empty authority. */
  readonly makes?: boolean
  /** Whether it changes anything: then it says in which folder, on standard error. Default is true. */
  readonly changes?: boolean
}

/**
 * Opens the data folder for one piece of work, and closes it.
 *
 * @throws DataFolderError if there is none.
 */
export async function withAuthority<T>(
  flags: Readonly<Record<string, string>>,
  io: Pick<Io, 'env' | 'log' | 'err'>,
  work: (authority: Authority) => Promise<T>,
  { makes = false, changes = true }: FolderUse = {},
): Promise<T> {
  const config = configFor(flags, io)
  const authority = await openAuthority(config, { logger: commandLogger(config, io), makes })
  try {
    const outcome = await work(authority)
    if (changes) sayFolder(config, io)
    return outcome
  } finally {
    await authority.close()
  }
}

/** A command that was typed with another folder in mind must not look as if it had worked there. */
export const sayFolder = ({ data }: Pick<Config, 'data'>, io: Pick<Io, 'err'>): void => io.err(`data folder: ${data}\n`)

/** Says what was not found in the words of whoever asked for it. @throws Refusal */
export async function foundOr<T>(refusal: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof AuthError && error.code === 'not_found') throw new Refusal(refusal)
    throw error
  }
}
