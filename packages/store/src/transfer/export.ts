import type { Engine, Executor } from '../engine/engine.ts'
import { knownVersion } from '../migrations/migrations.ts'
import { format, LineWriter } from './lines.ts'
import { copiedTables, plans, rowReader, type TableName } from './plan.ts'

const rowsPerPage = 500

export interface Exported {
  readonly rows: number
  readonly schemaVersion: number
}

/**
 * This folder owns the export of everything that a database holds, and the import into an empty one, whatever engine holds it.
 *
 * Writes one state of the database, however long it takes. It contains digests and what the master key sealed: no secret that a
 * caller could present, and nothing of the master key.
 *
 * @param now Epoch seconds.
 * @param write Is given text, in order; it is awaited, so that a slow reader is waited for.
 */
export const exportAll = (
  engine: Engine,
  now: number,
  write: (text: string) => Promise<void> | void,
): Promise<Exported> =>
  engine.snapshot(async (read) => {
    const lines = new LineWriter(write)
    await lines.line({ format, schema: knownVersion, exported_at: now })
    for (const table of copiedTables) {
      await lines.line({ table, columns: plans[table].columns })
      await copyTable(read, table, lines)
    }
    await lines.end()
    return { rows: lines.rows, schemaVersion: knownVersion }
  })

const copyTable = async (read: Executor, table: TableName, lines: LineWriter): Promise<void> => {
  const { first, later, keyOf } = rowReader(table, rowsPerPage)
  let page = await read.all(first, {})
  for (;;) {
    await lines.rowsOf(page)
    const last = page.at(-1)
    if (last === undefined || page.length < rowsPerPage) return
    page = await read.all(later, keyOf(last))
  }
}
