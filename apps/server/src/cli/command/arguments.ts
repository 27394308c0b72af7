import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { NamedSetting } from '../../config/schema.ts'

/** The command line is invalid: exit status 2, and the usage is printed. */
export class UsageError extends Error {
  readonly usage: string
  constructor(message: string, usage: string) {
    super(message)
    this.name = 'UsageError'
    this.usage = usage
  }
}

/** `--help` was given. Not an error: it ends the command and prints the help. */
export class HelpRequest extends Error {
  readonly usage: string
  constructor(usage: string) {
    super('help')
    this.name = 'HelpRequest'
    this.usage = usage
  }
}

export interface ArgumentSpec<O extends ParseArgsOptionsConfig> {
  readonly usage: string
  readonly options: O
  /** Names of the required positional arguments. */
  readonly positionals?: readonly string[]
  /** Pattern of a positional argument that may begin with a dash, as one key id in 64 does. */
  readonly positionalShape?: RegExp
  /** Settings that can be given as flags. */
  readonly settings?: readonly NamedSetting[]
}

export interface Arguments<O extends ParseArgsOptionsConfig> {
  readonly values: ReturnType<typeof parseArgs<{ options: O }>>['values']
  readonly positionals: readonly string[]
  /** Whether standard output is one line of JSON. */
  readonly json: boolean
  /** Settings by flag, for `readConfig`. */
  readonly flags: Readonly<Record<string, string>>
}

const everywhere = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const

/**
 * Parses the arguments of a command.
 *
 * @throws UsageError for unknown, repeated, missing or surplus arguments. HelpRequest for `--help`.
 */
export function readArguments<const O extends ParseArgsOptionsConfig>(
  args: readonly string[],
  spec: ArgumentSpec<O>,
): Arguments<O> {
  const { usage, positionals: names = [], settings = [] } = spec
  const options: ParseArgsOptionsConfig = { ...settingOptions(settings), ...spec.options, ...everywhere }
  const { values, positionals, tokens } = parse(dashedLast(args, spec.positionalShape), options, usage)
  if (values.help) throw new HelpRequest(usage)
  const repeated = tokens.find(
    (token, at) =>
      token.kind === 'option' &&
      !options[token.name]?.multiple &&
      tokens.some((other, before) => before < at && other.kind === 'option' && other.name === token.name),
  )
  if (repeated?.kind === 'option') throw new UsageError(`${repeated.rawName} is given twice`, usage)
  if (positionals.length > names.length) throw new UsageError('too many arguments', usage)
  const missing = names[positionals.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`, usage)
  const flags = settings.flatMap(({ flag }) => {
    const value = values[flag]
    return value === undefined ? [] : [[flag, value === true ? 'on' : String(value)] as const]
  })
  return {
    values: values as Arguments<O>['values'],
    positionals,
    json: values.json === true,
    flags: Object.fromEntries(flags),
  }
}

/** @throws UsageError */
export function required(value: string | undefined, name: string, usage: string): string {
  if (value === undefined) throw new UsageError(`${name} is missing`, usage)
  return value
}

/** @throws UsageError */
export function oneOfWords<const T extends string>(value: string, words: readonly T[], name: string, usage: string): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new UsageError(`${name} is one of ${words.join(', ')}`, usage)
  return found
}

const settingOptions = (settings: readonly NamedSetting[]): ParseArgsOptionsConfig =>
  Object.fromEntries(
    settings.map(({ flag, setting }) => [
      flag,
      { type: setting.type.placeholder === undefined ? 'boolean' : 'string' },
    ]),
  )

/** Moves positional arguments that begin with a dash behind `--`. */
function dashedLast(args: readonly string[], shape: RegExp | undefined): readonly string[] {
  const isDashed = (arg: string) => arg.startsWith('-') && shape?.test(arg) === true
  if (!args.some(isDashed) || args.includes('--')) return args
  return [...args.filter((arg) => !isDashed(arg)), '--', ...args.filter(isDashed)]
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig, usage: string) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true, tokens: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? inOurWords(error.message) : 'bad usage', usage)
  }
}

const valueFault = /^Option '(?:-\w, )?(--?[\w-]+)(?: <value>)?' argument (missing|is ambiguous)/

/**
 * Keeps the first sentence of Node's message, which says what is wrong; the others explain how to pass a value that
 * begins with a dash.
 */
function inOurWords(message: string): string {
  const [, flag, fault] = valueFault.exec(message) ?? []
  if (fault === 'missing') return `${flag} needs a value`
  const [, long = flag] = /use '(--[\w-]+)=-XYZ'/.exec(message) ?? []
  if (fault !== undefined) return `${flag} needs a value; one that begins with a dash is written ${long}=-VALUE`
  return (message.split('. ')[0] ?? message).replaceAll(/[\r\n].*/gs, '')
}
