import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What every `tokens.json` of a fixture has. */
interface Fixture {
  /** Base64. */
  readonly masterKey: string
}

/** Makes a data folder from a fixture: the dump of its database, and the master key. Returns the path of the database. */
export function makeOldFolder(data: string, name: string, { masterKey }: Fixture): string {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const path = join(data, 'countersign.db')
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  db.exec(readFileSync(new URL(`${name}/countersign.sql`, import.meta.url), 'utf8'))
  db.close()
  writeFileSync(join(data, 'master.key'), Buffer.from(masterKey, 'base64'), { mode: 0o600 })
  return path
}

/** The schema of a database that no process has open. */
export function schemaOf(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return Number(db.prepare('select max(version) as version from schema_versions').get()?.version)
  } finally {
    db.close()
  }
}
