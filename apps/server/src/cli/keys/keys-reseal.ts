import { resolve } from 'node:path'
import { isOnServer } from '../../compose/database-server.ts'
import { type ResealedFolder, type ResealFolderOptions, resealFolder, resealOnServer } from '../../compose/resealing.ts'
import type { Config } from '../../config/config.ts'
import { readArguments, required } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { configFor, folderHelp, folderSettings, openStoreFor, sayFolder, wallSeconds } from '../command/folder.ts'
import type { Io } from '../command/io.ts'

const usage = `Usage: countersign keys reseal --new-master-key-file FILE

Replaces the master key: everything that it seals in the database is sealed anew under the key in FILE. No token, password
or authenticator becomes invalid. Stop every server first: the command is refused while a server or another command has the
folder open, or while a PostgreSQL database has other sessions. It may be interrupted, and run again.

If the old key is a file in the data folder, that file gets the new key. Otherwise start the server with the new file. Of
several servers on one database, each needs the new key.

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
    const change = { newKeyFile, now: wallSeconds() }
    const resealed = await (isOnServer(config) ? onServer(config, change, io) : resealFolder(config, change))
    const hints = isOnServer(config) ? hintsOfServers : []
    io.out(json ? `${JSON.stringify(wire(resealed))}\n` : `${[...words(resealed), ...hints].join('\n')}\n`)
    sayFolder(config, io)
    return 0
  },
}

async function onServer(config: Config, change: ResealFolderOptions, io: Pick<Io, 'log'>): Promise<ResealedFolder> {
  const store = await openStoreFor(config, io, { makes: false, alone: true })
  try {
    return await resealOnServer(store, config, change)
  } finally {
    await store.close()
  }
}

const hintsOfServers = [
  'Give the new key to every other server before it starts: with the old one it is refused.',
  'The old key still opens what the database keeps of replaced rows, until its owner runs',
  '  VACUUM FULL key_sets, sealed_secrets, enrolments, users',
  'and it opens earlier backups, and the log of the database (WAL) that was archived until now.',
]

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
