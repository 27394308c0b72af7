import { DatabaseSync } from 'node:sqlite'
import { parentPort, Worker, workerData } from 'node:worker_threads'

/**
 * The faults that SQLite's `quick_check` finds in a database and its log; empty if there are none. Changes no file: the log is not
 * replayed.
 *
 * It runs in a worker thread, since it reads the whole file and would block the event loop. This file is the worker's program,
 * too.
 */
export const faultsOf = (path: string): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { quickCheckOf: path } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })

/** More would not be read. */
const mostFaults = 10

const check = (path: string): readonly string[] => {
  try {
    // Read-only: otherwise the last connection to close would fold the log into the database.
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

/** SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB. A file that cannot be opened, or is locked, shows nothing about its content. */
const faultCodes = [10, 11, 26]

const isFault = (error: unknown): error is Error =>
  error instanceof Error && 'errcode' in error && faultCodes.includes(Number(error.errcode) & 0xff)

const task: unknown = workerData
if (typeof task === 'object' && task !== null && 'quickCheckOf' in task) {
  parentPort?.postMessage(check(String(task.quickCheckOf)))
}
