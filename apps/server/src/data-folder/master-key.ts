import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { MasterKey, Random } from '@countersign/core'
import { DataFolderError } from './data-folder.ts'
import { syncFolder, writeDurably } from './durable-file.ts'
import { readSecretFile, SecretFileError } from './secret-file.ts'
import { isSystemError } from './system-error.ts'

const keyBytes = 32

/**
 * Reads the master key.
 *
 * @returns `undefined` if the file does not exist.
 * @throws DataFolderError if others can read or replace it, or if it is not 32 bytes long (N-257).
 */
export function readMasterKey(path: string): MasterKey | undefined {
  const key = read(path)
  if (key !== undefined && key.length !== keyBytes) {
    throw new DataFolderError(`master key ${path} is not ${keyBytes} bytes long`)
  }
  return key
}

function read(path: string): Buffer | undefined {
  try {
    return readSecretFile(path, { links: 'inside' })
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    throw new DataFolderError(`master key ${path} ${error.message}`, error.cause)
  }
}

/**
 * Creates the master key unless another process just did; the existing key is used then. The file appears complete or
 * not at all: otherwise a second process could read an incomplete key, and everything sealed with it would be lost.
 *
 * @returns The key in the file.
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

/** Where the new key is between the two steps of its replacement: the database's, and the key file's. */
export const nextKeyFile = (path: string): string => `${path}.next`

/** What to say if the key does not open the database; `undefined` if no replacement was interrupted. */
export const interruptedReplacement = (path: string): DataFolderError | undefined =>
  existsSync(nextKeyFile(path))
    ? new DataFolderError(`a change of the master key ${path} was interrupted: run "countersign keys reseal" again`)
    : undefined

/** Links the draft under its final name only if that name is free, and syncs the folder. */
function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error
  }
  syncFolder(dirname(path))
}
