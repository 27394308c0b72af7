import { resolve } from 'node:path'
import { backUpDatabase } from '@countersign/store'
import { requireFile } from '../../compose/database-server.ts'
import { databaseFile, requireDatabase } from '../../data-folder/data-folder.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { configFor, folderHelp, folderSettings, sayFolder } from '../command/folder.ts'

const usage = `Usage: countersign backup FILE

Copies the database into a new file that only its owner can read, and checks the copy. A server may run meanwhile. The file
does not contain the master key: store a copy of the key elsewhere. "countersign restore FILE" restores the backup.

${folderHelp}
`

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Copy the database; a server may run meanwhile.',
  isLong: true,
  async run(args, io) {
    const { positionals, json, flags } = readArguments(args, {
      usage,
      options: {},
      positionals: ['FILE'],
      settings: folderSettings,
    })
    const [name = ''] = positionals
    const config = configFor(flags, io)
    requireFile(
      config,
      'backup',
      'back a PostgreSQL database up by its own tools, such as pg_dump, and keep a copy of the master key elsewhere',
    )
    requireDatabase(config.data)
    const file = resolve(name)
    const { bytes, schemaVersion } = await backUpDatabase(databaseFile(config.data), file)
    if (json) io.out(`${JSON.stringify({ file, bytes, schema_version: schemaVersion })}\n`)
    else io.out(`Made and checked ${file}, ${bytes} bytes. The master key ${config.masterKeyFile} is not in it.\n`)
    sayFolder(config, io)
    return 0
  },
}
