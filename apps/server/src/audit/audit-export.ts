// The folder audit/ exports the audit trail to a file, verifies exported files, and decides which entries are deleted.
// It must not know who requests an export.
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Audit, type AuditEntry, type AuditExport, localCaller } from '@countersign/core'
import { syncFolder } from '../data-folder/durable-file.ts'
import { systemCodeNote } from '../data-folder/system-error.ts'
import { listedEvent } from './audit-entry.ts'
import { AuditFileError, type AuditLine, linesOf, openAuditFile, verifyOpened, writtenLine } from './audit-file.ts'

export interface ExportedAudit extends AuditExport {
  /** Entries in the file that are new since the last recorded export. */
  readonly entries: number
}

export interface ExportDeps {
  readonly audit: Pick<Audit, 'exported' | 'listAfter' | 'recordExport'>
  /** Called before each step that changes a file or the database. Tests end the process there. */
  readonly onStep?: (step: 'write' | 'sync' | 'record') => void
}

/** Entries that are read and written at once. */
const batchSize = 500
/** Otherwise a server whose database is on the same disk would wait at a commit until hundreds of megabytes are written. */
const mostUnsyncedBytes = 4 * 1024 * 1024

/**
 * Appends entries that were not exported so far to a file, or writes them to a new file that only its owner can read.
 * After an interruption at any point it can be called again with the same file. The file is synced to disk and read
 * back before the trail records the export, so that a power failure loses no entry.
 *
 * @throws AuditFileError if the file cannot be used, or does not end where the last export ended.
 * @throws BrokenAuditFile
 */
export async function exportAudit(file: string, deps: ExportDeps): Promise<ExportedAudit> {
  const since = await deps.audit.exported()
  const opened = openOrMake(file)
  try {
    const { exported, entries } = await append(opened, file, since, deps)
    if (entries === 0) return { ...exported, entries }
    deps.onStep?.('record')
    if ((await deps.audit.recordExport({ since, to: exported, entries }, localCaller)) === 'conflict') {
      throw new AuditFileError(`${file}: another process exported the trail at the same time`)
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
  let synced = end
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
    if (end - synced >= mostUnsyncedBytes) {
      onStep('sync')
      fsyncSync(opened)
      synced = end
    }
    if (batch.length < batchSize) break
  }
  if (entries === 0) return { exported, entries }
  onStep('sync')
  fsyncSync(opened)
  const { last, hash } = verifyOpened(opened, file)
  if (last !== exported.through || hash !== exported.hash) {
    throw new AuditFileError(`${file}: another process wrote to it at the same time`)
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

/** Finds the position where writing continues: after lines of an export that was interrupted before it was recorded. */
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
  // The file has no complete line.
  if (!last) found = { exported: since, entries: 0, end: 0 }
  if (found) return found
  const ends = `${file} ends with entry ${last?.entry.sequence}`
  throw new AuditFileError(
    since.through === 0
      ? `${ends}, but no entry of this trail was exported: name a new file`
      : `${ends}, and the trail was exported up to ${since.through}: name the file that ends there, or a new one`,
  )
}

/** Compares lines that no export recorded with the trail. */
class Reader {
  readonly #audit: ExportDeps['audit']
  #through: number
  #waiting: AuditEntry[] = []

  constructor(audit: ExportDeps['audit'], through: number) {
    this.#audit = audit
    this.#through = through
  }

  /** Rotations may have been deleted meanwhile; other entries stay until they are exported. @throws AuditFileError */
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
