// The trail, written to a file before any of it may go. It must not know who asked.
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Audit, type AuditEntry, type AuditExport, localCaller } from '@countersign/core'
import { syncFolder } from '../data-folder/durable-file.ts'
import { systemCodeNote } from '../data-folder/system-error.ts'
import { listedEvent } from './audit-entry.ts'
import { AuditFileError, type AuditLine, linesOf, openAuditFile, verifyOpened, writtenLine } from './audit-file.ts'

export interface ExportedAudit extends AuditExport {
  /** How many entries are new in the file since the last export that was recorded. */
  readonly entries: number
}

export interface ExportDeps {
  readonly audit: Pick<Audit, 'exported' | 'listAfter' | 'recordExport'>
  /** Told before each step that changes a file or the database; a test ends the process there. */
  readonly onStep?: (step: 'write' | 'sync' | 'record') => void
}

/** Entries that are read, and written, at once. */
const batchSize = 500

/**
 * Writes what was not exported so far to the end of a file, or to a new one, which is its owner's alone. Interrupted at any point,
 * it can be called again with the same file. The order is what a power cut leaves: the file is on the disk, and was read back,
 * before the trail records that it was exported.
 *
 * @throws AuditFileError if the file does not end where the trail was exported up to, or cannot be used; BrokenAuditFile.
 */
export async function exportAudit(file: string, deps: ExportDeps): Promise<ExportedAudit> {
  const since = await deps.audit.exported()
  const opened = openOrMake(file)
  try {
    const { exported, entries } = await append(opened, file, since, deps)
    if (entries === 0) return { ...exported, entries }
    deps.onStep?.('record')
    if ((await deps.audit.recordExport({ since, to: exported, entries }, localCaller)) === 'conflict') {
      throw new AuditFileError(`${file}: somebody else exported the trail in the same moment`)
    }
    return { ...exported, entries }
  } finally {
    closeSync(opened)
  }
}

function openOrMake(file: string): number {
  const found = openAuditFile(file, 'write')
  if (found !== undefined) {
    if ((fstatSync(found).mode & 0o077) === 0) return found
    closeSync(found)
    throw new AuditFileError(`${file} is open to others: chmod 600 it`)
  }
  try {
    const made = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
    syncFolder(dirname(resolve(file)))
    return made
  } catch (error) {
    throw new AuditFileError(`${file} cannot be made${systemCodeNote(error)}`, error)
  }
}

async function append(
  opened: number,
  file: string,
  since: AuditExport,
  deps: ExportDeps,
): Promise<{ readonly exported: AuditExport; readonly entries: number }> {
  const { onStep = () => {} } = deps
  const rest = await resume(opened, file, since, deps.audit)
  let { exported, entries, end } = rest
  if (fstatSync(opened).size > end) ftruncateSync(opened, end)
  for (;;) {
    const batch = await deps.audit.listAfter(exported.through, batchSize)
    let text = ''
    for (const entry of batch) {
      const line = writtenLine(listedEvent(entry), exported.hash)
      text += line.text
      exported = { through: entry.sequence, hash: line.hash }
    }
    entries += batch.length
    onStep('write')
    end += writeAll(opened, Buffer.from(text), end)
    if (batch.length < batchSize) break
  }
  if (entries === 0) return { exported, entries }
  onStep('sync')
  fsyncSync(opened)
  const { last, hash } = verifyOpened(opened, file)
  if (last !== exported.through || hash !== exported.hash) {
    throw new AuditFileError(`${file}: somebody else wrote to it in the same moment`)
  }
  return { exported, entries }
}

function writeAll(opened: number, bytes: Buffer, position: number): number {
  let written = 0
  while (written < bytes.length) {
    written += writeSync(opened, bytes, written, bytes.length - written, position + written)
  }
  return written
}

interface Resumed {
  readonly exported: AuditExport
  readonly entries: number
  readonly end: number
}

/** Finds the place from which the file is to be continued: behind what an export wrote that was interrupted before it was recorded. */
async function resume(opened: number, file: string, since: AuditExport, audit: ExportDeps['audit']): Promise<Resumed> {
  const trail = new Reader(audit, since.through)
  let found: Resumed | undefined = fstatSync(opened).size === 0 ? { exported: since, entries: 0, end: 0 } : undefined
  let last: AuditLine | undefined
  for (const line of linesOf(opened, file)) {
    if (!last && line.previous === since.hash) found = { exported: since, entries: 0, end: 0 }
    last = line
    const place = { through: line.entry.sequence, hash: line.hash }
    if (found) {
      await trail.require(line, file)
      found = { exported: place, entries: found.entries + 1, end: line.end }
    } else if (line.hash === since.hash) found = { exported: place, entries: 0, end: line.end }
  }
  // A file of which not one line is whole.
  if (!last) found = { exported: since, entries: 0, end: 0 }
  if (found) return found
  const ends = `${file} ends with entry ${last?.entry.sequence}`
  throw new AuditFileError(
    since.through === 0
      ? `${ends}, and nothing of this trail was exported: name a new file`
      : `${ends}, and the trail was exported up to ${since.through}: name the file that ends there, or a new one`,
  )
}

/** Compares lines that no export has recorded with the trail. */
class Reader {
  readonly #audit: ExportDeps['audit']
  #through: number
  #waiting: AuditEntry[] = []

  constructor(audit: ExportDeps['audit'], through: number) {
    this.#audit = audit
    this.#through = through
  }

  /** Rotations may have gone meanwhile; everything else stays until it was exported. @throws AuditFileError */
  async require(line: AuditLine, file: string): Promise<void> {
    if (this.#waiting.length === 0) this.#waiting.push(...(await this.#audit.listAfter(this.#through, batchSize)))
    const [next] = this.#waiting
    const { previous: _, ...said } = line.entry
    if (next?.sequence === line.entry.sequence && isDeepStrictEqual(said, structuredClone(listedEvent(next)))) {
      this.#waiting.shift()
      this.#through = next.sequence
      return
    }
    const isGone = next === undefined || next.sequence > line.entry.sequence
    if (isGone && line.entry.action === 'authorization_rotated') return
    throw new AuditFileError(`${file} holds another entry ${line.entry.sequence} than the trail: name a new file`)
  }
}
