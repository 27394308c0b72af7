import type { AuditEvent, StoredKeySet } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { once, type Statement } from '../engine/statement.ts'
import { knownVersion } from '../migrations/migrations.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { select } from '../schema/statement.ts'
import { keySets } from '../schema/tables.ts'
import { renameFeed } from './after-restore.ts'
import { type Header, isHeader, isTable, linesOf, type TableLine } from './lines.ts'
import { copiedTables, plans, type Row, rowReader, rowWriter, seeded, type TableName } from './plan.ts'
import { TransferError } from './transfer-error.ts'

const rowsAtOnce = 20

export interface ImportOptions {
  /** The id of the revocation feed from now on: its readers begin again. */
  readonly feed: string
  /** Throws if the master key does not open these. */
  readonly prove: (keys: readonly StoredKeySet[]) => void
  /** The audit row of the import. */
  readonly audit: (exportedAt: number) => AuditEvent
}

/** Opens the export. It is called again where the database demands that a unit is run again. */
export type ExportSource = () => AsyncIterable<Uint8Array | string>

export interface Imported {
  readonly rows: number
  /** When the export was made, in epoch seconds. */
  readonly exportedAt: number
}

/**
 * Fills an empty database with an export, in one commit. Everything is valid as it was when the export was made.
 *
 * @throws TransferError; what `prove` throws. Nothing was changed then.
 */
export const importAll = (engine: Engine, source: ExportSource, options: ImportOptions): Promise<Imported> =>
  engine.write([aloneOn.schema], async (execute) => {
    await requireEmpty(execute)
    for (const table of seeded) await execute.run(once(`delete from ${table}`), {})
    const filling = new Filling(execute)
    const header = await filling.take(linesOf(source()))
    await execute.run(renameFeed, { feed: options.feed })
    options.prove(await execute.all(listKeySets, {}))
    await writeAudit(execute, options.audit(header.exported_at))
    return { rows: filling.rows, exportedAt: header.exported_at }
  })

const requireEmpty = async (execute: Executor): Promise<void> => {
  for (const table of copiedTables) {
    if (seeded.has(table)) continue
    if ((await execute.all(rowReader(table, 1).first, {})).length > 0) {
      throw new TransferError('not_empty', `the database is not empty: there are rows in ${table}`)
    }
  }
}

/** The tables and rows of an export, on their way into the database. */
class Filling {
  readonly #execute: Executor
  #table: TableName | undefined
  #waiting: Row[] = []
  #writers: { readonly one: Statement<Row, unknown>; readonly many: Statement<Row, unknown> } | undefined
  rows = 0

  constructor(execute: Executor) {
    this.#execute = execute
  }

  async take(lines: AsyncIterable<Header | TableLine | Row>): Promise<Header> {
    const missing = new Set<TableName>(copiedTables)
    let header: Header | undefined
    for await (const line of lines) {
      if (isRow(line)) await this.#add(line)
      else if (isTable(line)) {
        await this.#flush()
        requireTable(line)
        missing.delete(line.table)
        this.#begin(line.table)
      } else if (isHeader(line)) {
        requireSchema(line)
        header = line
      }
    }
    await this.#flush()
    if (header === undefined || missing.size > 0) {
      throw new TransferError('damaged', `the export has no table ${[...missing].join(', ')}`)
    }
    return header
  }

  #begin(table: TableName): void {
    this.#table = table
    this.#writers = { one: rowWriter(table, 1), many: rowWriter(table, rowsAtOnce) }
  }

  async #add(row: Row): Promise<void> {
    const table = this.#table
    if (table === undefined || row.length !== plans[table].columns.length) {
      throw new TransferError('damaged', 'a row of the export has another number of columns than its table')
    }
    this.rows++
    this.#waiting.push(row)
    if (this.#waiting.length === rowsAtOnce) await this.#flush()
  }

  async #flush(): Promise<void> {
    const [rows, table, writers] = [this.#waiting, this.#table, this.#writers]
    this.#waiting = []
    if (table === undefined || writers === undefined || rows.length === 0) return
    if (rows.length === rowsAtOnce) await this.#execute.run(writers.many, rows.flat())
    else for (const row of rows) await this.#execute.run(writers.one, row)
  }
}

const isRow = (line: Header | TableLine | Row): line is Row => Array.isArray(line)

const requireSchema = ({ schema }: Header): void => {
  if (schema === knownVersion) return
  const message = `the export has schema ${schema}, and this version of Countersign has schema ${knownVersion}`
  if (schema > knownVersion) throw new TransferError('newer', `${message}: use the version that made it`)
  throw new TransferError('older', `${message}: migrate the database that it was made of, and export it again`)
}

const requireTable = ({ table, columns }: TableLine): void => {
  const known = copiedTables.includes(table) ? plans[table].columns : undefined
  if (JSON.stringify(known) !== JSON.stringify(columns)) {
    throw new TransferError('damaged', 'the export has a table that this schema does not have')
  }
}

const listKeySets = select(keySets, {}, (rows) => rows.orderBy('sequence'))
