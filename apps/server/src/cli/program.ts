// Finds the command and turns every failure into an exit status and a message on standard error: 0 done, 1 refused or
// failed, 2 invalid usage or configuration. Does not know what commands do.
import { AuthError, type PasswordFault } from '@countersign/core'
import { describeError } from '../log/error-facts.ts'
import { version } from '../version.ts'
import { HelpRequest, UsageError } from './command/arguments.ts'
import type { Command } from './command/command.ts'
import type { Io } from './command/io.ts'
import { commands } from './commands.ts'
import { withEnvironmentFile } from './environment-file.ts'

const width = Math.max(...commands.map(({ name }) => name.length))

const usage = `Usage: countersign COMMAND [flags]

A token authority for HTTP APIs.

${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

countersign COMMAND --help describes a command. Every command accepts --json. Settings are flags or COUNTERSIGN_ variables:
countersign serve --help lists them. --environment-file FILE, or COUNTERSIGN_ENVIRONMENT_FILE, reads variables from a file, as
a service has it; those of the environment go before. countersign --version prints the version.
`

/** Runs the program and resolves with its exit status. Never rejects. */
export async function runProgram(args: readonly string[], io: Io): Promise<number> {
  try {
    const given = withEnvironmentFile(args, io)
    return await dispatch(given.args, given.io)
  } catch (error) {
    return explain(error, io)
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<number> {
  const [first] = args
  if (first === '--help' || first === '-h') throw new HelpRequest(usage)
  if (first === '--version') {
    io.out(`${version}\n`)
    return 0
  }
  if (first === undefined) throw new UsageError('a command is missing', usage)
  const command = find(args)
  if (!command) throw unknownCommand(first, args)
  if (command.isLong) io.lowerPriority()
  return command.run(args.slice(command.name.split(' ').length), io)
}

const find = (args: readonly string[]): Command | undefined =>
  commands.find(({ name }) => name.split(' ').every((word, at) => args[at] === word))

/** The name of a group (`keys`) alone is not a command: show the group's commands. */
function unknownCommand(first: string, args: readonly string[]): Error {
  const family = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (family.length === 0) return new UsageError(`there is no command ${JSON.stringify(first.slice(0, 40))}`, usage)
  const list = `Usage:\n${family.map(({ name, summary }) => `  countersign ${name}  ${summary}`).join('\n')}\n`
  if (args[1] === '--help' || args[1] === '-h') return new HelpRequest(list)
  return new UsageError(`"${first}" needs one of: ${family.map(({ name }) => name.split(' ')[1]).join(', ')}`, list)
}

/** Errors whose message is one line for the user, with their exit status. */
const spoken: Readonly<Record<string, number>> = {
  Refusal: 1,
  ListenError: 1,
  IssuerChangedError: 1,
  DataFolderError: 1,
  StoreOpenError: 1,
  BackupError: 1,
  TransferError: 1,
  SealError: 1,
  KeyNumbersError: 1,
  AuditFileError: 1,
  ConfigError: 2,
}

const passwordRules: Readonly<Record<PasswordFault, string>> = {
  too_short: 'it has fewer than 15 characters',
  too_long: 'it has more than 1024 bytes',
  well_known: 'it is one of the most common passwords',
  equals_username: 'it is the username',
  equals_product_name: 'it is the name of this program',
  equals_host_name: "it is a name of the issuer's host",
  sequence: 'it is a sequence of consecutive characters',
  keyboard_walk: 'it is a keyboard pattern',
  repeats: 'it repeats one text',
  disallowed_character: 'it has an invisible or unassigned character',
  unchanged: 'it is the password that has to be changed',
}

/** After a usage error only the call and a pointer to the help are printed, so that the message stays visible. */
function synopsis(help: string): string {
  const [call = ''] = help.split('\n\n')
  const name = /^Usage: countersign ((?:[a-z]+(?:-[a-z]+)* ?)+)/.exec(call)?.[1]?.trim()
  return name === undefined ? help.trimEnd() : `${call.trimEnd()}\ncountersign ${name} --help says more.`
}

function explain(error: unknown, io: Io): number {
  if (error instanceof HelpRequest) {
    io.out(error.usage)
    return 0
  }
  if (error instanceof UsageError) {
    io.err(`countersign: ${error.message}\n\n${synopsis(error.usage)}\n`)
    return 2
  }
  if (error instanceof AuthError) {
    const rule = error.reason === undefined ? undefined : passwordRules[error.reason as PasswordFault]
    io.err(`countersign: ${error.detail}${rule === undefined ? '' : ` (${error.reason}: ${rule})`}\n`)
    return 1
  }
  if (error instanceof Error && Object.hasOwn(spoken, error.name)) {
    io.err(`countersign: ${error.message}\n`)
    return spoken[error.name] ?? 1
  }
  if (error instanceof Error && error.name === 'StoreError') {
    io.err(`countersign: the database is unavailable: ${JSON.stringify(describeError(error.cause))}\n`)
    return 1
  }
  io.err(`countersign: unexpected: ${JSON.stringify(describeError(error))}\n`)
  return 1
}
