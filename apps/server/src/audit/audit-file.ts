// The format of an exported audit trail: one JSON entry per line (JSON Lines), each with the hash of the line before. A
// changed, removed, added or moved line invalidates the lines after it. Does not know where entries come from.
import { hash as digest } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { isSystemError, systemCodeNote } from '../data-folder/system-error.ts'

/** The file cannot be used. The message is one line for the user of the command line. */
export class AuditFileError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'AuditFileError'
  }
}

/** The first line that is not as it was written. */
export class BrokenAuditFile extends AuditFileError {
  /** From 1. */
  readonly line: number
  readonly fault: string
  constructor(file: string, line: number, fault: string) {
    super(`${file} is broken at line ${line}: ${fault}`)
    this.line = line
    this.fault = fault
  }
}

export interface AuditLine {
  readonly entry: Readonly<Record<string, unknown>> & { readonly sequence: number }
  readonly previous: string
  readonly hash: string
  /** Byte offset of the next line. */
  readonly end: number
}

/** @returns The line with its line break, and the hash that the next line refers to. */
export function writtenLine(entry: object, previous: string): { readonly text: string; readonly hash: string } {
  const hashed = JSON.stringify({ ...entry, previous })
  const hash = digest('sha256', hashed)
  return { text: `${hashed.slice(0, -1)},"hash":"${hash}"}\n`, hash }
}

const lineShape = /^(\{.*"previous":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\}$/s

/** Opens an existing file of the trail, or returns `undefined` if there is none. @throws AuditFileError */
export function openAuditFile(file: string, access: 'read' | 'write'): number | undefined {
  const mode = access === 'read' ? constants.O_RDONLY : constants.O_RDWR
  try {
    const opened = openSync(file, mode | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (fstatSync(opened).isFile()) return opened
    closeSync(opened)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw new AuditFileError(`${file} cannot be opened${systemCodeNote(error)}`, error)
  }
  throw new AuditFileError(`${file} is not a file`)
}

/**
 * Reads and verifies the lines from the beginning. A last line without a line break is left out: an export was
 * interrupted there.
 *
 * @throws BrokenAuditFile
 */
export function* linesOf(opened: number, file: string): Generator<AuditLine> {
  let before: AuditLine | undefined
  let number = 0
  for (const { text, end } of wholeLines(opened)) {
    number++
    const line = { ...readLine(text, file, number), end }
    if (before && line.previous !== before.hash) {
      throw new BrokenAuditFile(file, number, 'it does not continue the line before, or that line was replaced')
    }
    if (before && line.entry.sequence <= before.entry.sequence) {
      throw new BrokenAuditFile(file, number, 'its sequence number is not above that of the line before')
    }
    yield line
    before = line
  }
}

function readLine(text: string, file: string, number: number): Omit<AuditLine, 'end'> {
  const [, head, previous, hash] = lineShape.exec(text) ?? []
  if (head === undefined || previous === undefined || hash === undefined) {
    throw new BrokenAuditFile(file, number, 'it is no entry')
  }
  const hashed = `${head}}`
  if (digest('sha256', hashed) !== hash) throw new BrokenAuditFile(file, number, 'it is not what its hash says')
  const entry = parse(hashed)
  if (!entry) throw new BrokenAuditFile(file, number, 'it is no entry')
  return { entry, previous, hash }
}

function parse(text: string): AuditLine['entry'] | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>
    return Number.isSafeInteger(value.sequence) ? (value as AuditLine['entry']) : undefined
  } catch {
    // Not an entry. The engine's message is dropped because it would quote the line.
    return undefined
  }
}

/** Longer than any entry. A longer line cannot be an entry. */
const longestLine = 1024 * 1024

function* wholeLines(opened: number): Generator<{ readonly text: string; readonly end: number }> {
  const chunk = Buffer.alloc(64 * 1024)
  const decoder = new StringDecoder('utf8')
  let waiting = ''
  let position = 0
  let end = 0
  for (;;) {
    const read = readSync(opened, chunk, 0, chunk.length, position)
    position += read
    waiting += decoder.write(chunk.subarray(0, read))
    const lines = waiting.split('\n')
    waiting = lines.pop() ?? ''
    for (const text of lines) {
      end += Buffer.byteLength(text) + 1
      yield { text, end }
    }
    if (waiting.length > longestLine) yield { text: waiting, end: position }
    if (read === 0) return
  }
}

export interface VerifiedFile {
  readonly entries: number
  /** Sequence numbers of the first and the last entry; 0 if there is none. */
  readonly first: number
  readonly last: number
  /** The hash that the first line refers to. */
  readonly previous: string
  /** The hash of the last line. */
  readonly hash: string
}

/**
 * Reads and verifies a whole file.
 *
 * @throws AuditFileError, BrokenAuditFile
 */
export function verifyAuditFile(file: string): VerifiedFile {
  const opened = openAuditFile(file, 'read')
  if (opened === undefined) throw new AuditFileError(`there is no ${file}`)
  try {
    return verifyOpened(opened, file)
  } finally {
    closeSync(opened)
  }
}

/** @throws BrokenAuditFile */
export function verifyOpened(opened: number, file: string): VerifiedFile {
  let found: VerifiedFile = { entries: 0, first: 0, last: 0, previous: '', hash: '' }
  let end = 0
  for (const line of linesOf(opened, file)) {
    const { sequence } = line.entry
    found = {
      entries: found.entries + 1,
      first: found.entries === 0 ? sequence : found.first,
      last: sequence,
      previous: found.entries === 0 ? line.previous : found.previous,
      hash: line.hash,
    }
    end = line.end
  }
  if (end < fstatSync(opened).size) {
    throw new BrokenAuditFile(
      file,
      found.entries + 1,
      'it is incomplete: an export was interrupted and can be repeated',
    )
  }
  return found
}
