import { olderSchema } from '@countersign/store'
import { openDatabase } from '../../compose/open-database.ts'
import { settingsHelp } from '../../config/documentation.ts'
import { databaseFile, requireDatabase } from '../../data-folder/data-folder.ts'
import { createLogger } from '../../log/logger.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { allSettings, configFor, folderHelp, folderSettings, sayFolder } from '../command/folder.ts'

const own = allSettings.filter(({ key }) => ['migrationBackups', 'migrationBackupFolder'].includes(key))

const usage = `Usage: countersign migrate

Brings the database to the schema of this version, after a backup of it was made, and ends. "countersign serve" does the
same when it starts; other commands refuse a database that has to be migrated. Stop the server first: the command is
refused while a server or another command has the folder open.

${settingsHelp(own)}
${folderHelp}
`

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Bring the database to the schema of this version.',
  async run(args, io) {
    const { json, flags } = readArguments(args, { usage, options: {}, settings: [...folderSettings, ...own] })
    const config = configFor(flags, io)
    requireDatabase(config.data)
    const path = databaseFile(config.data)
    const before = (await olderSchema({ path }))?.schemaVersion
    const logger = createLogger({ level: config.logLevel, sink: io.log })
    const store = await openDatabase(config, { migrates: true, logger, now: () => Math.floor(Date.now() / 1000) })
    const { schemaVersion } = await store.check().finally(() => store.close())
    if (json) io.out(`${JSON.stringify({ schema: schemaVersion, migrated_from: before ?? null })}\n`)
    else if (before === undefined) io.out(`Nothing to do: ${path} has schema ${schemaVersion}.\n`)
    else io.out(`Migrated ${path} from schema ${before} to ${schemaVersion}.\n`)
    sayFolder(config, io)
    return 0
  },
}
