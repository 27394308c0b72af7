import { knownVersion, olderSchema, serverSchema } from '@countersign/store'
import { databaseLabel, isOnServer, serverUrl } from '../../compose/database-server.ts'
import { openDatabase } from '../../compose/open-database.ts'
import type { Config } from '../../config/config.ts'
import { settingsHelp } from '../../config/documentation.ts'
import { databaseFile, requireDatabase } from '../../data-folder/data-folder.ts'
import { createLogger } from '../../log/logger.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { allSettings, configFor, folderHelp, folderSettings, sayFolder, wallSeconds } from '../command/folder.ts'

const own = allSettings.filter(({ key }) => ['migrationBackups', 'migrationBackupFolder'].includes(key))

const usage = `Usage: countersign migrate

Brings the database to the schema of this version, after a backup of it was made, and ends. "countersign serve" does the
same when it starts; other commands refuse a database that has to be migrated. Stop the server first: the command is
refused while a server or another command has the folder open.

A PostgreSQL database is migrated by this command alone, and not by "serve", which only makes the tables of an empty one.
No backup is made of it. Stop every server first. The role needs the right to make tables; a server does not.

${settingsHelp(own)}
${folderHelp}
`

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Bring the database to the schema of this version.',
  async run(args, io) {
    const { json, flags } = readArguments(args, { usage, options: {}, settings: [...folderSettings, ...own] })
    const config = configFor(flags, io)
    if (!isOnServer(config)) requireDatabase(config.data)
    const label = databaseLabel(config)
    const before = await schemaBefore(config)
    const logger = createLogger({ level: config.logLevel, sink: io.log })
    const store = await openDatabase(config, { migrates: 'always', logger, now: wallSeconds })
    const { schemaVersion } = await store.check().finally(() => store.close())
    if (json) io.out(`${JSON.stringify({ schema: schemaVersion, migrated_from: before ?? null })}\n`)
    else if (before === undefined) io.out(`Nothing to do: ${label} has schema ${schemaVersion}.\n`)
    else io.out(`Migrated ${label} from schema ${before} to ${schemaVersion}.\n`)
    sayFolder(config, io)
    return 0
  },
}

/** `undefined`: nothing has to be migrated. */
async function schemaBefore(config: Config): Promise<number | undefined> {
  const url = serverUrl(config)
  if (url === undefined) return (await olderSchema({ path: databaseFile(config.data) }))?.schemaVersion
  const version = await serverSchema(url)
  return version < knownVersion ? version : undefined
}
