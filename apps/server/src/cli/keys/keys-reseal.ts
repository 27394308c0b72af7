import { resolve } from 'node:path'
import { type ResealedFolder, resealFolder } from '../../compose/resealing.ts'
import { readArguments, required } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { configFor, folderHelp, folderSettings, sayFolder } from '../command/folder.ts'

const usage = `Usage: countersign keys reseal --new-master-key-file FILE

Replaces the master key: everything that it seals in the database is sealed anew under the key in FILE. No token, password
or authenticator becomes invalid. Stop the server first: the command is refused while a server or another command has the
folder open. It may be interrupted, and run again.

If the old key is a file in the data folder, that file gets the new key. Otherwise start the server with the new file.

  --new-master-key-file FILE
      32 random bytes that only their owner can read. If there is no such file, it is created.
${folderHelp}
`

const options = { 'new-master-key-file': { type: 'string' } } as const

export const keysResealCommand: Command = {
  name: 'keys reseal',
  summary: 'Replace the master key.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const newKeyFile = resolve(required(values['new-master-key-file'], '--new-master-key-file', usage))
    const config = configFor(flags, io)
    const resealed = await resealFolder(config, { newKeyFile, now: Math.floor(Date.now() / 1000) })
    io.out(json ? `${JSON.stringify(wire(resealed))}\n` : `${words(resealed).join('\n')}\n`)
    sayFolder(config, io)
    return 0
  },
}

function words({ rows, masterKeyFile, oldKeyFile, underOldKey }: ResealedFolder): readonly string[] {
  return [
    rows
      ? `Sealed anew: key sets ${rows.keySets}, authenticators ${rows.totpSecrets}, password hashes ${rows.passwordHashes}.`
      : 'The database is sealed under the new key already.',
    ...(rows && rows.unreadable > 0
      ? [`Left as they are, since the old key does not open them: ${rows.unreadable}.`]
      : []),
    `The master key is ${masterKeyFile} from now on.`,
    ...(oldKeyFile === undefined
      ? []
      : [`The old key is kept as ${oldKeyFile}: it opens nothing but earlier backups.`]),
    ...(underOldKey.length === 0 ? [] : ['The old key still opens these. Delete them with it if it leaked:']),
    ...underOldKey.map((file) => `  ${file}`),
  ]
}

const wire = ({ rows, masterKeyFile, oldKeyFile, underOldKey }: ResealedFolder) => ({
  resealed: rows !== undefined,
  ...(rows && {
    key_sets: rows.keySets,
    totp_secrets: rows.totpSecrets,
    password_hashes: rows.passwordHashes,
    unreadable: rows.unreadable,
  }),
  master_key_file: masterKeyFile,
  old_master_key_file: oldKeyFile ?? null,
  under_the_old_key: underOldKey,
})
