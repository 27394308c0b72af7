import { DatabaseSync } from 'node:sqlite'
import { type RefusedWrite, sqliteFault } from '@countersign/store/testing'
import { databaseFile } from '../src/data-folder/data-folder.ts'
import { sharing } from '../src/testing/test-server.ts'
import type { RecordedServer } from './recorded-server.ts'

/** The database of a server refuses such a write until this is disposed of. */
export function refuseWrite({ running }: RecordedServer, write: RefusedWrite): Disposable {
  const { data } = running.authority.config
  const shared = sharing.known?.(data)
  if (shared) return shared.refuse(write)
  const { inject, mend } = sqliteFault(write)
  execute(data, inject)
  return { [Symbol.dispose]: () => execute(data, mend) }
}

function execute(data: string, statements: readonly string[]): void {
  const database = new DatabaseSync(databaseFile(data), { timeout: 2000 })
  database.exec(statements.join(';'))
  database.close()
}
