// `--environment-file FILE`: the settings of a service, so that a command at its side finds what the service has.
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError } from '../config/config.ts'
import { variablePrefix } from '../config/schema.ts'
import { systemCode } from '../data-folder/system-error.ts'
import type { Io } from './command/io.ts'

const flag = '--environment-file'
const variable = `${variablePrefix}ENVIRONMENT_FILE`

/**
 * Takes the flag out of the arguments and adds the settings of the file to the environment, whose own go before. Variables
 * of the file that are not settings of this program are ignored: services have others there, e.g. `NODE_OPTIONS`.
 *
 * @throws ConfigError if the file cannot be read, or the flag has no value or is repeated.
 */
export function withEnvironmentFile<I extends Pick<Io, 'env'>>(
  args: readonly string[],
  io: I,
): { readonly args: readonly string[]; readonly io: I } {
  const { rest, path } = withoutFlag(args)
  const { [variable]: named, ...own } = io.env
  const file = path ?? (named || undefined)
  return { args: rest, io: { ...io, env: file === undefined ? own : { ...settingsOf(file), ...own } } }
}

function withoutFlag(args: readonly string[]): { readonly rest: readonly string[]; readonly path?: string } {
  const end = args.indexOf('--')
  const isFlag = (arg: string, at: number) => (end < 0 || at < end) && (arg === flag || arg.startsWith(`${flag}=`))
  const at = args.findIndex(isFlag)
  if (at < 0) return { rest: args }
  const joined = args[at] !== flag
  const path = joined ? args[at]?.slice(flag.length + 1) : args[at + 1]
  if (path === undefined || path === '') throw new ConfigError(`${flag} needs a value`)
  const rest = args.toSpliced(at, joined ? 1 : 2)
  if (withoutFlag(rest).path !== undefined) throw new ConfigError(`${flag} is given twice`)
  return { rest, path }
}

function settingsOf(path: string): Readonly<Record<string, string | undefined>> {
  const entries = Object.entries(parseEnv(read(path))).filter(([name]) => name.startsWith(variablePrefix))
  if (entries.some(([name]) => name === variable)) throw new ConfigError(`${variable} does not belong into ${path}`)
  return Object.fromEntries(entries)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`the environment file ${path} cannot be read (${systemCode(error) ?? 'unreadable'})`)
  }
}
