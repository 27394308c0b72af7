import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs'
import { isUnused } from '../engine/sqlite/folder-lock.ts'
import { replayable, syncFolderOf } from './files.ts'

/*
 * Whether the last server closed its database. The mark is a separate file, since the log does not show it: the next command folds
 * the log into the database, even if one of them is damaged.
 */

const mark = (path: string): string => `${path}-serving`

/** Whether a server that had the database at `path` open was killed, or is still running. */
export const endedUncleanly = (path: string): boolean => existsSync(mark(path)) || replayable(path).length > 0

/** A server has it open from now on. On the disk when this returns. */
export const markServing = (path: string): void => {
  if (existsSync(mark(path))) return
  closeSync(openSync(mark(path), constants.O_CREAT | constants.O_WRONLY, 0o600))
  syncFolderOf(path)
}

/** The server has closed it. The mark stays while another process has it open. */
export const unmarkServing = (path: string): void => {
  if (isUnused(path)) forgetServing(path)
}

/** No process has it open, and it was checked. */
export const forgetServing = (path: string): void => rmSync(mark(path), { force: true })
