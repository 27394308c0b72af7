import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '@countersign/core'
import { openStore, type StoreHandle } from '@countersign/store'

/** Where one issuer keeps everything, over any number of starts. */
export interface IssuerDatabase {
  open(clock: Clock): Promise<StoreHandle>
  /** Runs SQL over another connection. */
  sql(text: string, parameters: readonly (string | number | null)[]): Record<string, unknown>[]
}

/** A set-up file of tests may name another database than a file. */
export const keeping: { database?: () => Promise<IssuerDatabase> } = {}

export const inFile = (path: string): IssuerDatabase => ({
  open: (clock) => openStore({ path, clock }),
  sql(text, parameters) {
    const database = new DatabaseSync(path, { timeout: 2000 })
    try {
      return database.prepare(text).all(...parameters)
    } finally {
      database.close()
    }
  },
})
