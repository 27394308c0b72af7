import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '@countersign/core'
import { openStore, type StoreHandle } from '@countersign/store'
import { type RefusedWrite, sqliteFault } from '@countersign/store/testing'

/** All that a database keeps. */
export interface Kept {
  /** Byte for byte as it lies on the disk. */
  readonly files: readonly Buffer[]
  /** Every value of every row. */
  readonly values: readonly Buffer[]
}

/** Where one issuer keeps everything, over any number of starts. */
export interface IssuerDatabase {
  /** Whether an answer is given again without the database, until a commit. */
  readonly remembersAnswers: boolean
  open(clock: Clock): Promise<StoreHandle>
  /** Runs SQL over another connection. */
  sql(text: string, parameters: readonly (string | number | null)[]): Record<string, unknown>[]
  /** Every such write fails in the database itself, until this is disposed of. */
  refuse(write: RefusedWrite): Disposable
  kept(): Kept
}

/** A set-up file of tests may name another database than a file. */
export const keeping: { database?: () => Promise<IssuerDatabase> } = {}

/** The only database of its folder. */
export const inFile = (path: string): IssuerDatabase => {
  const connected = <T>(work: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(path, { timeout: 2000 })
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  const execute = (statements: readonly string[]) => connected((database) => database.exec(statements.join(';')))
  return {
    remembersAnswers: true,
    open: (clock) => openStore({ path, clock }),
    sql: (text, parameters) => connected((database) => database.prepare(text).all(...parameters)),
    refuse(write) {
      const { inject, mend } = sqliteFault(write)
      execute(inject)
      return { [Symbol.dispose]: () => execute(mend) }
    },
    kept: () => ({
      // Database, WAL and shared memory.
      files: readdirSync(dirname(path)).map((name) => readFileSync(join(dirname(path), name))),
      values: connected(valuesIn),
    }),
  }
}

function valuesIn(database: DatabaseSync): readonly Buffer[] {
  const tables = database.prepare("select name from sqlite_schema where type = 'table'").all()
  const rows = tables.flatMap(({ name }) => database.prepare(`select * from "${name}"`).all())
  return rows.flatMap((row) =>
    Object.values(row).map((value) => (value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value)))),
  )
}
