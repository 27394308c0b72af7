// A file that is to become a record. Until it is linked to its number it is only a draft, which anybody may sweep up.
import { link, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomName, systemRandom } from '../transport/clock.ts'
import { unless } from './file-store-error.ts'
import { syncFolder } from './folder.ts'

export const draftName = /^\.draft-/

/** Bytes. Above the largest record: an answer with tokens has at most 65,536. */
const roomBytes = 69_632

/** Writes a new draft, safe on disk, and returns its path. */
export async function writeDraft(folder: string, text: string): Promise<string> {
  const draft = join(folder, `.draft-${randomName(systemRandom, 9)}`)
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return draft
}

/**
 * Does beforehand what keeping a record takes, and returns the draft: it has the space that the record needs, and this
 * file system gives a file a second name.
 */
export async function reserveDraft(folder: string): Promise<string> {
  const draft = await writeDraft(folder, ' '.repeat(roomBytes))
  try {
    await link(draft, `${draft}-linked`)
    await rm(`${draft}-linked`, { force: true })
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  return draft
}

/** Puts the text in place of what the draft holds, in the space that it has. */
export async function fillDraft(draft: string, text: string): Promise<boolean> {
  const file = await open(draft, 'r+').catch(unless('ENOENT'))
  if (file === undefined) return false
  try {
    await file.writeFile(text)
    await file.truncate(Buffer.byteLength(text))
    await file.sync()
  } finally {
    await file.close()
  }
  return true
}

/**
 * Gives a draft its number, and takes the draft's own name from it. The name appears when the content is safe on disk.
 *
 * @returns Whether it did. `false`: somebody was first, or the draft was swept up.
 */
export async function publish(folder: string, draft: string, number: number): Promise<boolean> {
  try {
    const linked = await link(draft, join(folder, `${number}.json`)).then(() => true, unless('EEXIST', 'ENOENT'))
    if (!linked) return false
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(folder)
  return true
}
