import { sql } from 'kysely'
import type { Ddl, Guard } from '../ddl.ts'
import { compiler } from './compiler.ts'
import { guardPrefix } from './fault.ts'

/** SQLite's dialect of definitions: strict types, and no hidden row id where the key is the data. */
export const sqliteDdl: Ddl = {
  schema: compiler.schema,
  integer: sql`integer`,
  bytes: sql`blob`,
  sequence: (column) => column.primaryKey().autoIncrement(),
  counted: (table) => table.modifyEnd(sql`strict`),
  keyed: (table) => table.modifyEnd(sql`strict, without rowid`),
  firstVersion: 1,
  greatest: (one, other) => `max(${one}, ${other})`,
  randomHex: (bytes) => `lower(hex(randomblob(${bytes})))`,
  // A migration has the lock of the folder.
  fence: () => [],
  guard: (guard) => [refusal(guard)],
  unguard: ({ name }) => [`drop trigger ${name}`],
}

/** ABORT, not ROLLBACK: the fault of one unit must not undo the others of the same commit. */
const refusal = ({ name, table, refuses, columns, when }: Guard): string => {
  const what = columns === undefined ? refuses : `${refuses} of ${columns.join(', ')}`
  const condition = when === undefined ? '' : ` when ${when}`
  return (
    `create trigger ${name} before ${what} on ${table} for each row${condition} ` +
    `begin select raise(abort, '${guardPrefix}${name}'); end`
  )
}
