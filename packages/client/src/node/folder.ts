// The folder of a session: owner, mode, durable names. Knows nothing of records.
import { mkdir, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FileStoreError, unless } from './file-store-error.ts'

/**
 * Creates the folder if it is missing.
 *
 * @throws FileStoreError If other users may access it.
 */
export async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 })
  if (made !== undefined) await syncAbove(path, made)
  await checkFolder(path)
}

/**
 * Checks owner and mode. Root is refused as well, because the folder's owner could not read what root writes.
 *
 * @throws FileStoreError If another user owns the folder, or others may access it.
 */
export async function checkFolder(path: string): Promise<void> {
  const folder = await stat(path).catch(unless('ENOENT'))
  const user = process.geteuid?.()
  if (folder === undefined || user === undefined) return
  if (folder.uid !== user) {
    throw new FileStoreError(`${path} belongs to user ${folder.uid}, and this program runs as user ${user}`)
  }
  if ((folder.mode & 0o077) !== 0) {
    throw new FileStoreError(`Others may read ${path}: use a separate folder with mode 700`)
  }
}

/** Syncs the parent of each created folder, which contains its name. */
async function syncAbove(path: string, firstMade: string): Promise<void> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    // A folder in which names can be created but not listed cannot be synced.
    await syncFolder(dirname(folder)).catch(unless('EACCES'))
    if (folder === resolve(firstMade) || folder === dirname(folder)) return
  }
}

/** Makes new names durable. Windows has no such call and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
