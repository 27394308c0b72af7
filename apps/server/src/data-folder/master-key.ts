import { randomUUID } from 'node:crypto'
import { linkSync, rmSync } from 'node:fs'
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
 * @returns `undefined` if there is no such file.
 * @throws DataFolderError if others can read or replace it (N-257), or if it is not 32 bytes.
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
