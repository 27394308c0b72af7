import { resolve } from 'node:path'
import { isOnServer } from '../../compose/database-server.ts'
import { requireMasterKey } from '../../compose/restoring.ts'
import { importFromFile } from '../../compose/transferring.ts'
import { requireFolder } from '../../data-folder/data-folder.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { configFor, folderHelp, folderSettings, openStoreFor, sayFolder, wallSeconds } from '../command/folder.ts'
import { timePhrase } from '../command/time-words.ts'

const usage = `Usage: countersign import FILE

Reads what "countersign export" wrote into an empty database, in one commit: all of it, or nothing. Everything is valid as
it was when the export was made. The master key must be the one of the exported database. Readers of the revocation feed
begin again.

The command is refused if the database holds anything, or while a server or another command has it open.

${folderHelp}
`

export const importCommand: Command = {
  name: 'import',
  summary: 'Read an export into an empty database.',
  async run(args, io) {
    const { positionals, json, flags } = readArguments(args, {
      usage,
      options: {},
      positionals: ['FILE'],
      settings: folderSettings,
    })
    const file = resolve(positionals[0] ?? '')
    const config = configFor(flags, io)
    if (!isOnServer(config)) requireFolder(config.data)
    const masterKey = requireMasterKey(config, file)
    // An import into a database on a server finds out by itself that it is not empty.
    const store = await openStoreFor(config, io, { alone: !isOnServer(config) })
    const key = { masterKey, file: config.masterKeyFile }
    const { rows, exportedAt } = await importFromFile(store, file, wallSeconds(), key).finally(() => store.close())
    if (json) io.out(`${JSON.stringify({ file, rows, exported_at: exportedAt })}\n`)
    else io.out(`Imported ${rows} rows from ${file}, exported ${timePhrase(exportedAt, wallSeconds())}.\n`)
    sayFolder(config, io)
    return 0
  },
}
