import { createHash } from 'node:crypto'
import type { Row, TableName } from './plan.ts'
import { TransferError } from './transfer-error.ts'

/*
 * The file: a line of JSON for the header, for each table and for each row, and one that ends it with the number of rows and the
 * SHA-256 of all lines before. A row is an array in the order of the columns that its table's line names; bytes are
 * `{"base64": …}`.
 */

export interface Header {
  readonly format: typeof format
  readonly schema: number
  /** Epoch seconds. */
  readonly exported_at: number
}

export interface TableLine {
  readonly table: TableName
  readonly columns: readonly string[]
}

export type Line = Header | TableLine | Row

export const format = 'countersign export 1'
const longestLine = 16 * 1024 * 1024

interface Bytes {
  readonly base64: string
}

const isBytes = (value: unknown): value is Bytes =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Bytes>).base64 === 'string'

const encodeValue = (value: Row[number]): unknown =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value

const decodeValue = (value: unknown): Row[number] => {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (isBytes(value)) return new Uint8Array(Buffer.from(value.base64, 'base64'))
  throw new TransferError('damaged', 'a row of the export holds what no column can hold')
}

/** Writes lines, and what ends them. */
export class LineWriter {
  readonly #write: (text: string) => Promise<void> | void
  readonly #hash = createHash('sha256')
  rows = 0

  constructor(write: (text: string) => Promise<void> | void) {
    this.#write = write
  }

  line(line: Header | TableLine): Promise<void> {
    return this.#text(`${JSON.stringify(line)}\n`)
  }

  async rowsOf(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    this.rows += rows.length
    await this.#text(rows.map((row) => `${JSON.stringify(row.map(encodeValue))}\n`).join(''))
  }

  async end(): Promise<void> {
    await this.#write(`${JSON.stringify({ rows: this.rows, sha256: this.#hash.digest('hex') })}\n`)
  }

  async #text(text: string): Promise<void> {
    this.#hash.update(text)
    await this.#write(text)
  }
}

/**
 * Reads what a `LineWriter` wrote.
 *
 * @throws TransferError `no_export`, `damaged`: at the latest with the last line.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Line> {
  const hash = createHash('sha256')
  let [rows, isFirst, isEnded] = [0, true, false]
  for await (const text of textLines(chunks)) {
    if (isEnded) throw new TransferError('damaged', 'the export goes on after its end')
    const line = parse(text, isFirst)
    if (isFirst && !isHeader(line)) throw new TransferError('no_export', 'it is no export of Countersign')
    isFirst = false
    if (Array.isArray(line)) {
      rows++
      hash.update(`${text}\n`)
      yield line.map(decodeValue)
    } else if ('sha256' in line) {
      if (line.rows !== rows || line.sha256 !== hash.digest('hex')) {
        throw new TransferError('damaged', 'the export is not as it was written: its checksum is another')
      }
      isEnded = true
    } else {
      hash.update(`${text}\n`)
      yield line as Header | TableLine
    }
  }
  if (isFirst) throw new TransferError('no_export', 'it is empty')
  if (!isEnded) throw new TransferError('damaged', 'the export is not complete: its last line is missing')
}

type Parsed = readonly unknown[] | (object & { readonly rows?: unknown; readonly sha256?: unknown })

const parse = (text: string, isFirst: boolean): Parsed => {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  // The text itself is not told: it may be anything.
  throw isFirst
    ? new TransferError('no_export', 'it is no export of Countersign')
    : new TransferError('damaged', 'a line of the export is not JSON')
}

export const isHeader = (line: object): line is Header => 'format' in line && line.format === format
export const isTable = (line: object): line is TableLine => 'table' in line

async function* textLines(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) throw new TransferError('no_export', 'a line of it is too long')
    yield* lines
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}
