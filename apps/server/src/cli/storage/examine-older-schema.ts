// What `doctor` says about a database that has to be migrated: it leaves the migration to `serve`.
import { faultsOf, freeBytesAt, sizeOf } from '@countersign/store'
import type { Config } from '../../config/config.ts'
import { databaseFile } from '../../data-folder/data-folder.ts'
import { type Finding, fail, ok, warn } from './examination.ts'

/** @param refusal Its message says which schema the database has. */
export async function examineOlderSchema(refusal: Error, config: Config): Promise<readonly Finding[]> {
  const path = databaseFile(config.data)
  const faults = await faultsOf(path)
  return [
    warn('database', refusal.message),
    faults.length > 0 ? fail('integrity', faults.slice(0, 3).join('; ')) : ok('integrity', 'no fault found'),
    examineRoom(path, config),
  ]
}

function examineRoom(path: string, { migrationBackups, migrationBackupFolder: folder }: Config): Finding {
  if (migrationBackups === 0) return warn('migration', 'no backup is made before it (--migration-backups 0)')
  const [needed, free] = [sizeOf(path), freeBytesAt(folder)]
  const detail = `the backup before it needs ${needed} bytes, and ${folder} has ${free}`
  return free < needed ? fail('migration', `${detail}: make room`) : ok('migration', detail)
}
