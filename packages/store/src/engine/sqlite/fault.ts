import { StoreError } from '@countersign/core'

/** What `node:sqlite` throws, as far as we read it. */
interface DriverError extends Error {
  readonly code: string
  readonly errcode?: number
}

/** Primary result codes are the low byte: https://sqlite.org/rescode.html */
const primary = { busy: 5, locked: 6, constraint: 19 }
const constraintTrigger = 1811
/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
const syncFailures = [1034, 1290]

/** How messages of our own guards begin. Any other trigger that refuses is a fault of the installation. */
export const guardPrefix = 'refused by '

/** The code of an error of Node.js or of the system; `undefined` if it has none. */
export const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

const isDriverError = (error: unknown): error is DriverError =>
  ['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE'].includes(String(errorCode(error)))

/** Another connection holds what we need: worth trying again soon. */
export const isBusy = (error: unknown): boolean => {
  if (!isDriverError(error) || error.errcode === undefined) return false
  const code = error.errcode & 0xff
  return code === primary.busy || code === primary.locked
}

/**
 * The disk did not confirm a write. What the kernel still holds may be lost without another error, so this connection must not
 * acknowledge anything.
 */
export const isSyncFailure = (error: unknown): boolean =>
  isDriverError(error) && error.errcode !== undefined && syncFailures.includes(error.errcode)

/** Makes a `StoreError` of the driver's errors. An error that a unit threw itself is returned as it is. */
export const storeFault = (error: unknown): unknown => {
  if (!isDriverError(error)) return error
  const constraint = error.errcode !== undefined && (error.errcode & 0xff) === primary.constraint
  const foreignTrigger = error.errcode === constraintTrigger && !error.message.startsWith(guardPrefix)
  return new StoreError(constraint && !foreignTrigger ? 'conflict' : 'unavailable', error)
}
