import { DatabaseSync } from 'node:sqlite'
import type { DatabaseReader } from './database.ts'

/** Reads a database file beside the running servers. */
export function connectSqlite(path: string): DatabaseReader {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  return {
    rows: async (sql) => db.prepare(sql).all(),
    faults: async () => integrityErrors(db),
    // The lock of a process ends with it.
    quiet: async () => {},
    [Symbol.asyncDispose]: async () => db.close(),
  }
}

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
