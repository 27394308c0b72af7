import type { DatabaseSync } from 'node:sqlite'

/** What SQLite complains about in a database; nothing if it is sound. */
export function complaintsOf(db: DatabaseSync): readonly string[] {
  const complaints = db
    .prepare('pragma integrity_check')
    .all()
    .map((row) => String(row.integrity_check))
  const orphans = db
    .prepare('pragma foreign_key_check')
    .all()
    .map((row) => `a row of ${row.table} has no parent`)
  return [...complaints.filter((complaint) => complaint !== 'ok'), ...orphans]
}
