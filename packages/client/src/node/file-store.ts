// A session on disk, shared by any number of processes. Owns the order of system calls; knows nothing of HTTP.
//
// There is no lock. A lock file outlives a killed holder, and whoever breaks it races with the next one who does; the
// locks that the kernel lets go of (flock, fcntl) are not to be had in Node. So `replace` is decided by one system call
// that is atomic on every file system that has it: each record is a file of its own with the next number, and
// link(2) fails when that number exists already. A process may be killed at any point: either its record has its name,
// whole and synced, or it has none and only a draft remains, which is swept up later.
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { randomName, systemRandom } from '../clock.ts'
import { membersOf } from '../problem.ts'
import { parseRecord, type SessionRecord } from '../session/record.ts'
import type { TokenStore } from '../session/token-store.ts'

/** The store's folder is not as it must be. */
export class FileStoreError extends Error {
  override readonly name = 'FileStoreError'
  readonly code = 'store_unusable'
}

interface Stored {
  readonly number: number
  readonly record: SessionRecord | undefined
}

const versionName = /^(\d{1,15})\.json$/
const draftName = /^\.draft-/
const staleDraftMilliseconds = 3_600_000

/**
 * Keeps a session in a folder of its own (mode 0700; the record in it 0600), so that it outlives the process and that
 * several processes share it. Needs a file system with hard links: any usual one, also NFS; not FAT.
 *
 * @param path The folder; made when missing. One folder for one session.
 * @throws FileStoreError (from `read` and `replace`) When others may read the folder, or when it holds something else.
 * @throws The system's error, such as `ENOSPC`; the client then keeps what it could not store and tries again.
 */
export function fileStore(path: string): TokenStore {
  return {
    read: async () => {
      await checkFolder(path)
      return (await readNewest(path)).record
    },
    replace: async (spent, next) => {
      const made = await mkdir(path, { recursive: true, mode: 0o700 })
      if (made !== undefined) await syncAbove(path, made)
      await checkFolder(path)
      const newest = await readNewest(path)
      if (newest.record?.retryKey !== spent?.retryKey) return false
      const number = newest.number + 1
      if (!(await publish(path, number, next))) return false
      // A process that was held up may have taken a number that was used and swept up long ago: then it was not first.
      if ((await newestNumber(path)) !== number) return false
      await sweep(path, number)
      return true
    },
  }
}

async function readNewest(path: string): Promise<Stored> {
  for (;;) {
    const number = await newestNumber(path)
    if (number === 0) return { number, record: undefined }
    const text = await readFile(join(path, `${number}.json`), 'utf8').catch(unless('ENOENT'))
    // Swept up between the two calls: there is a newer one.
    if (text === undefined) continue
    return { number, record: parseStored(text) }
  }
}

/** The highest number, 0 for none. A listing is no snapshot, so it counts when two in a row agree. */
async function newestNumber(path: string): Promise<number> {
  let before = -1
  for (;;) {
    const names = (await readdir(path).catch(unless('ENOENT'))) ?? []
    const newest = Math.max(0, ...names.map((name) => Number(versionName.exec(name)?.[1] ?? 0)))
    if (newest === before) return newest
    before = newest
  }
}

function parseStored(text: string): SessionRecord | undefined {
  let session: unknown
  try {
    session = membersOf(JSON.parse(text))?.session
  } catch {
    // The engine's message quotes the text, which is a secret.
    throw new FileStoreError('The session store holds something else than a session')
  }
  if (session === null) return undefined
  const record = parseRecord(session)
  if (!record) throw new FileStoreError('The session store holds something else than a session')
  return record
}

/** Writes a record and gives it its number; the name appears when the content is safe on disk. */
async function publish(path: string, number: number, next: SessionRecord | undefined): Promise<boolean> {
  const draft = join(path, `.draft-${randomName(systemRandom, 9)}`)
  const file = await open(draft, 'wx', 0o600)
  try {
    try {
      await file.writeFile(`${JSON.stringify({ session: next ?? null })}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    try {
      await link(draft, join(path, `${number}.json`))
    } catch (error) {
      // EEXIST: somebody was first. ENOENT: held up for so long that the draft was swept up.
      if (['EEXIST', 'ENOENT'].includes(codeOf(error))) return false
      throw error
    }
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(path)
  return true
}

/** Removes what `newest` replaced, and drafts of processes that were killed. */
async function sweep(path: string, newest: number): Promise<void> {
  for (const name of await readdir(path)) {
    const number = versionName.exec(name)?.[1]
    if (number !== undefined && Number(number) < newest) await rm(join(path, name), { force: true })
    if (draftName.test(name) && (await isStale(join(path, name)))) await rm(join(path, name), { force: true })
  }
}

async function isStale(draft: string): Promise<boolean> {
  const info = await stat(draft).catch(unless('ENOENT'))
  return info !== undefined && Date.now() - info.mtimeMs > staleDraftMilliseconds
}

async function checkFolder(path: string): Promise<void> {
  const folder = await stat(path).catch(unless('ENOENT'))
  if (folder !== undefined && process.platform !== 'win32' && (folder.mode & 0o077) !== 0) {
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
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** For `catch`: turns one expected system error into `undefined`. */
function unless(code: string): (error: unknown) => undefined {
  return (error) => {
    if (codeOf(error) !== code) throw error
    return undefined
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code)
}
