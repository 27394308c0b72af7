// Draft files. A draft becomes a record when it is linked to its number; any process may delete old drafts.
import { link, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomName, systemRandom } from '../transport/clock.ts'
import { unless } from './file-store-error.ts'
import { syncFolder } from './folder.ts'

export const draftName = /^\.draft-/

/** Bytes. More than the largest record: an answer with tokens has at most 65,536. */
const reservedBytes = 69_632

/** Writes and syncs a new draft. Returns its path. */
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
 * Prepares for storing a record, and returns the draft: it has the space that the record needs, and the file system
 * supports hard links.
 */
export async function reserveDraft(folder: string): Promise<string> {
  const draft = await writeDraft(folder, ' '.repeat(reservedBytes))
  try {
    await link(draft, `${draft}-linked`)
    await rm(`${draft}-linked`, { force: true })
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  return draft
}

/** Overwrites the draft with the text, within its allocated space. Returns `false` if the draft was deleted. */
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
 * Links the draft to its number and removes the draft's own name. The number appears only after the content is synced.
 *
 * @returns `false` if another process took the number, or the draft was deleted.
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
