import type { DatabaseSync } from 'node:sqlite'

/** The integrity errors that SQLite finds in a database. */
export function integrityErrors(db: DatabaseSync): readonly string[] {
  const errors = db
    .prepare('pragma integrity_check')
    .all()
    .map((row) => String(row.integrity_check))
  const missingParents = db
    .prepare('pragma foreign_key_check')
    .all()
    .map((row) => `a row of ${row.table} has no parent`)
  return [...errors.filter((error) => error !== 'ok'), ...missingParents]
}
