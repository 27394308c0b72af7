// Files that are written once and needed for as long as the data folder lives: after a loss of power each is there whole, or
// not at all. It must not know what they hold.
import { closeSync, constants, fsyncSync, openSync, writeFileSync } from 'node:fs'

/**
 * Writes a new file, for its owner only, and makes its content durable. Its name is durable when its folder is (`syncFolder`).
 *
 * @throws Error of the system; `EEXIST` if there is such a file.
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
