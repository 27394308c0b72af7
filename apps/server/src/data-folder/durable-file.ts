// Files that are written once and kept. After a power failure a file is complete or absent. Does not know their
// content.
import { closeSync, constants, fsyncSync, openSync, writeFileSync } from 'node:fs'

/**
 * Writes a new file for its owner only and syncs its content. The file's name is durable after `syncFolder`.
 *
 * @throws Error of the system; `EEXIST` if the file exists.
 */
export function writeDurably(path: string, content: Uint8Array | string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Makes the names in a folder durable. @throws Error of the system. */
export function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
