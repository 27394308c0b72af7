import { isClientName, localCaller } from '@countersign/core'
import { readArguments, required, UsageError } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'

const usage = `Usage: countersign create-access-key --account NAME [--expires-in SECONDS]

Creates an access key for an account and prints it. The secret is shown only once. The account's earlier keys become
inactive, and tokens issued for them are revoked. An account is a client; if it does not exist, it is created as a viewer.

  --account NAME
      1 to 64 printable characters.
  --expires-in SECONDS
      Lifetime of the key: 1 to 3153600000 seconds. Default: no expiry.
${folderHelp}
`

const options = { account: { type: 'string' }, 'expires-in': { type: 'string' } } as const

/** A hundred years. A larger value is more likely a typing mistake than a wish. */
const longestSeconds = 3_153_600_000

export const createAccessKeyCommand: Command = {
  name: 'create-access-key',
  summary: 'Create an access key for an account; shows its secret once.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const account = required(values.account, '--account', usage)
    if (!isClientName(account)) throw new UsageError('--account is 1 to 64 printable characters', usage)
    const expiresInSeconds = readSeconds(values['expires-in'])
    const { client, credential, secret, replaced } = await withAuthority(flags, io, ({ useCases }) =>
      useCases.clients.createAccessKey({ account, expiresInSeconds }, localCaller),
    )
    // The only place that shows the secret.
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
