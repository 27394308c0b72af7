import { databaseLabel, isOnServer } from '../../compose/database-server.ts'
import { endAfterRestore, rollOf } from '../../compose/restoring.ts'
import { requireDatabase } from '../../data-folder/data-folder.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { configFor, folderHelp, folderSettings, openStoreFor, sayFolder } from '../command/folder.ts'
import { wireOfRoll, wordsOfRoll } from './restore.ts'

const usage = `Usage: countersign after-restore [--keep-credentials]

For a PostgreSQL database that was restored by its own tools: ends what may have been ended since the backup. Run it before
a server starts. The command is refused while the database has other sessions.

Every bearer credential ends: sessions, personal tokens, client secrets, access keys, API keys, recovery codes; every key
set is revoked. Passwords and authenticators stay; users and their roles are listed for review. Readers of the revocation
feed begin again.

  --keep-credentials
      Keep everything as it was at the time of the backup. For a database that was moved, and not used in between.
${folderHelp}
`

const options = { 'keep-credentials': { type: 'boolean' } } as const

export const afterRestoreCommand: Command = {
  name: 'after-restore',
  summary: 'End what may have been ended since a backup.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const keepCredentials = values['keep-credentials'] === true
    const config = configFor(flags, io)
    if (!isOnServer(config)) requireDatabase(config.data)
    const store = await openStoreFor(config, io, { makes: false, alone: true })
    try {
      await endAfterRestore(store, config, keepCredentials)
      const roll = await rollOf(store)
      const outcome = keepCredentials ? 'as_backed_up' : 'credentials_ended'
      const said = json
        ? JSON.stringify({ database: databaseLabel(config), outcome, ...wireOfRoll(roll) })
        : wordsOfRoll(!keepCredentials, roll).join('\n')
      io.out(`${said}\n`)
    } finally {
      await store.close()
    }
    sayFolder(config, io)
    return 0
  },
}
