import { resolve } from 'node:path'
import { isOnServer } from '../../compose/database-server.ts'
import { exportToFile } from '../../compose/transferring.ts'
import { requireDatabase } from '../../data-folder/data-folder.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { configFor, folderHelp, folderSettings, openStoreFor, sayFolder, wallSeconds } from '../command/folder.ts'

const usage = `Usage: countersign export FILE [--live]

Writes everything that the database holds into a new file that only its owner can read, as text that "countersign import"
reads into an empty database of any kind. Sessions, tokens, secrets and passwords of before work there, under the same
master key and issuer. The master key is not in the file.

Stop the server first: the command is refused while a server or another command has the database open.

  --live
      Export while a server runs. What is changed, issued or revoked afterwards is not in the file: for a copy to look
      at, not for a move.
${folderHelp}
`

export const exportCommand: Command = {
  name: 'export',
  summary: 'Write everything to a file, for "import".',
  isLong: true,
  async run(args, io) {
    const { values, positionals, json, flags } = readArguments(args, {
      usage,
      options: { live: { type: 'boolean' } },
      positionals: ['FILE'],
      settings: folderSettings,
    })
    const file = resolve(positionals[0] ?? '')
    const config = configFor(flags, io)
    if (!isOnServer(config)) requireDatabase(config.data)
    const isLive = values.live === true
    const store = await openStoreFor(config, io, { makes: false, alone: !isLive })
    const { rows, schemaVersion } = await exportToFile(store, file, wallSeconds()).finally(() => store.close())
    if (json) io.out(`${JSON.stringify({ file, rows, schema: schemaVersion })}\n`)
    else {
      io.out(`Exported ${rows} rows to ${file}. The master key ${config.masterKeyFile} is not in it.\n`)
      if (!isLive) io.out('Do not start a server on this database again once the export is imported elsewhere.\n')
    }
    sayFolder(config, io)
    return 0
  },
}
