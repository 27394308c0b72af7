import { DatabaseSync } from 'node:sqlite'
import { parentPort, Worker, workerData } from 'node:worker_threads'

/**
 * What a database finds wrong in itself (SQLite's `quick_check`), its log included; empty if nothing. Changes no file: what
 * would be replayed stays where it is.
 *
 * It runs in a thread of its own, since it reads the whole file and would block the event loop meanwhile. This file is that
 * thread's program, too.
 */
export const faultsOf = (path: string): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { quickCheckOf: path } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })

/** As many as anybody reads. */
const mostFaults = 10

const check = (path: string): readonly string[] => {
  try {
    // Read-only: the last connection that closes would fold the log into the database otherwise.
    const db = new DatabaseSync(path, { readOnly: true, timeout: 2000 })
    try {
      const found = db.prepare(`pragma quick_check(${mostFaults})`).all()
      return found.flatMap((row) => Object.values(row).map(String)).filter((line) => line !== 'ok')
    } finally {
      db.close()
    }
  } catch (error) {
    return isFault(error) ? [error.message] : []
  }
}

/** SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB. What cannot be opened, or is locked, tells nothing about its content. */
const faultCodes = [10, 11, 26]

const isFault = (error: unknown): error is Error =>
  error instanceof Error && 'errcode' in error && faultCodes.includes(Number(error.errcode) & 0xff)

const task: unknown = workerData
if (typeof task === 'object' && task !== null && 'quickCheckOf' in task) {
  parentPort?.postMessage(check(String(task.quickCheckOf)))
}
