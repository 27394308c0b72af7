// The folder of a session: whose it is, and that its names are safe on disk. Knows nothing of records.
import { mkdir, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FileStoreError, unless } from './file-store-error.ts'

/**
 * Makes the folder where there is none.
 *
 * @throws FileStoreError When it is not of this user alone.
 */
export async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 })
  if (made !== undefined) await syncAbove(path, made)
  await checkFolder(path)
}

/**
 * Root is no exception: what root writes, the folder's owner could not read.
 *
 * @throws FileStoreError When the folder is somebody else's, or when others may use it.
 */
export async function checkFolder(path: string): Promise<void> {
  const folder = await stat(path).catch(unless('ENOENT'))
  const user = process.geteuid?.()
  if (folder === undefined || user === undefined) return
  if (folder.uid !== user) {
    throw new FileStoreError(`${path} belongs to user ${folder.uid}, and this program runs as user ${user}`)
  }
  if ((folder.mode & 0o077) !== 0) {
    throw new FileStoreError(`Others may read ${path}: make it a folder of its own with mode 700`)
  }
}

/** Each folder that was made has its name in the one above it. */
async function syncAbove(path: string, firstMade: string): Promise<void> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    // One in which we may make names but not list them cannot be synced.
    await syncFolder(dirname(folder)).catch(unless('EACCES'))
    if (folder === resolve(firstMade) || folder === dirname(folder)) return
  }
}

/** A new name is safe when its folder is; Windows has no such call and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
