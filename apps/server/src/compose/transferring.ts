// Exports a database and imports it into another: the part that needs the files and the master key.
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import type { MasterKey } from '@countersign/core'
import { type Exported, type Imported, type StoreHandle, TransferError } from '@countersign/store'
import { DataFolderError } from '../data-folder/data-folder.ts'
import { systemCode } from '../data-folder/system-error.ts'
import { newFeedId, requireOpened } from './restoring.ts'

/**
 * Writes everything that the store holds to a new file that only its owner can read. It is on disk when this resolves.
 *
 * @throws DataFolderError if there is such a file, or it cannot be written.
 */
export async function exportToFile(store: StoreHandle, file: string, now: number): Promise<Exported> {
  const handle = await newFile(file)
  try {
    const exported = await store.exportTo(now, async (text) => {
      await handle.appendFile(text)
    })
    await handle.sync()
    await handle.close()
    return exported
  } catch (error) {
    await handle.close()
    await rm(file)
    if (systemCode(error) === undefined) throw error
    throw new DataFolderError(`${file} cannot be written`, error)
  }
}

async function newFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new DataFolderError(`${file} exists already: name a new file`)
    throw new DataFolderError(`${file} cannot be made`, error)
  }
}

/**
 * Fills an empty store with an export.
 *
 * @throws TransferError, and DataFolderError if the file cannot be read or the master key does not open what it holds.
 */
export async function importFromFile(
  store: StoreHandle,
  file: string,
  now: number,
  key: { readonly masterKey: MasterKey; readonly file: string },
): Promise<Imported> {
  const remedy = 'put there the one that it was made with, or name it with --master-key-file'
  const wrongKey = () => new DataFolderError(`master key ${key.file} does not open ${file}: ${remedy}`)
  try {
    return await store.importFrom(() => createReadStream(file), {
      feed: newFeedId(),
      prove: (sets) => requireOpened(sets, key.masterKey, wrongKey),
      audit: (exportedAt) => ({ at: now, action: 'database_imported', detail: { exported_at: exportedAt } }),
    })
  } catch (error) {
    if (error instanceof TransferError) throw new TransferError(error.code, `${file}: ${error.message}`, error)
    if (systemCode(error) === undefined) throw error
    throw new DataFolderError(`${file} cannot be read`, error)
  }
}
