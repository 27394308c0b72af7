import { isClientName, localCaller } from '@countersign/core'
import { readArguments, required, UsageError } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'

const usage = `Usage: countersign create-access-key --account NAME [--expires-in SECONDS]

Makes a new access key for an account, and prints it. The secret is shown this once. The account's earlier keys become
inactive, and the tokens got with them end. An account is a client; if there is none of that name, it is made, as a viewer.

  --account NAME
      1 to 64 printable characters.
  --expires-in SECONDS
      How long the key can be used: 1 to 3153600000 seconds. Default: without end.
${folderHelp}
`

const options = { account: { type: 'string' }, 'expires-in': { type: 'string' } } as const

/** A hundred years: a slip of a few digits must not pass for "without end". */
const longestSeconds = 3_153_600_000

export const createAccessKeyCommand: Command = {
  name: 'create-access-key',
  summary: 'Make an access key of an account, and show its secret once.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const account = required(values.account, '--account', usage)
    if (!isClientName(account)) throw new UsageError('--account is 1 to 64 printable characters', usage)
    const expiresInSeconds = readSeconds(values['expires-in'])
    const { client, credential, secret, replaced } = await withAuthority(flags, io, ({ useCases }) =>
      useCases.clients.createAccessKey({ account, expiresInSeconds }, localCaller),
    )
    // The one place and time at which it is shown.
    const shown = { accountId: client.id, accessKey: credential.id, secret: secret.reveal() }
    if (json) io.out(`${JSON.stringify(shown)}\n`)
    else io.out(`accountId: ${shown.accountId}\naccessKey: ${shown.accessKey}\nsecret:    ${shown.secret}\n`)
    if (replaced) io.err(`The earlier keys of ${client.name} are inactive now, and their tokens have ended.\n`)
    if (!json) io.err('The secret is stored nowhere: keep it now.\n')
    return 0
  },
}

function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : 0
  if (seconds < 1 || seconds > longestSeconds) {
    throw new UsageError(`--expires-in is a whole number from 1 to ${longestSeconds}`, usage)
  }
  return seconds
}
