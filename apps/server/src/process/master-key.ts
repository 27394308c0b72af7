import { randomUUID } from 'node:crypto'
import { closeSync, constants, fstatSync, linkSync, openSync, readSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { MasterKey, Random } from '@countersign/core'
import { DataFolderError } from './data-folder.ts'
import { syncFolder, writeDurably } from './durable-file.ts'
import { otherOwner } from './folder-owner.ts'
import { isSystemError } from './system-error.ts'

const keyBytes = 32
const openToOthers = 0o077

/**
 * Reads the master key.
 *
 * @returns Nothing if there is no such file.
 * @throws DataFolderError if it is no regular file of this user, if others can read it, or if it is not 32 bytes (N-257).
 */
export function readMasterKey(path: string): MasterKey | undefined {
  let file: number
  try {
    // A link would let somebody else choose the file.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw new DataFolderError(`master key ${path} cannot be read${reasonOf(path, error)}`, error)
  }
  try {
    const { mode, size, uid } = fstatSync(file)
    if ((mode & constants.S_IFMT) !== constants.S_IFREG)
      throw new DataFolderError(`master key ${path} is no regular file`)
    if ((mode & openToOthers) !== 0) {
      throw new DataFolderError(`master key ${path} is open to others: chmod 600 it, and make a new one if it was read`)
    }
    const user = process.geteuid?.()
    if (user !== undefined && uid !== user) throw new DataFolderError(`master key ${path} belongs to another user`)
    const key = Buffer.alloc(keyBytes)
    if (size !== keyBytes || readSync(file, key) !== keyBytes) {
      throw new DataFolderError(`master key ${path} is not ${keyBytes} bytes long`)
    }
    return key
  } finally {
    closeSync(file)
  }
}

/** The system's code, and whose file it is: `stat` is allowed where reading is not. */
function reasonOf(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const owner = code === 'EACCES' ? otherOwner(path) : undefined
  return owner === undefined ? ` (${code})` : ` (${code}): it belongs to ${owner}`
}

/**
 * Makes the master key, unless somebody else just did: then theirs counts. The file appears whole or not at all, since a
 * half-written key that a second process reads would be lost with everything under it.
 *
 * @returns The key that is in the file now.
 * @throws DataFolderError
 */
export function makeMasterKey(path: string, random: Random): MasterKey {
  const draft = join(dirname(path), `.master.key.${randomUUID()}`)
  try {
    writeDurably(draft, random.bytes(keyBytes))
    publish(draft, path)
  } catch (error) {
    throw new DataFolderError(`master key ${path} cannot be made`, error)
  } finally {
    rmSync(draft, { force: true })
  }
  const key = readMasterKey(path)
  if (!key) throw new DataFolderError(`master key ${path} disappeared`)
  return key
}

/** Gives the draft its name only if nobody holds that name, and makes the name durable. */
function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error
  }
  syncFolder(dirname(path))
}
