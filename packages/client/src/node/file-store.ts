// A session on disk, shared by several processes. Owns the order of system calls; knows nothing of HTTP.
//
// There is no lock. A lock file outlives a killed process, and removing it races with other processes; kernel locks
// (flock, fcntl) are not available in Node.js. Instead one atomic system call decides a `replace`: each record is a
// file with the next number, and link(2) fails if that number exists. A process may be killed at any point. Then its
// record is either complete and synced under its number, or only a draft remains, which is deleted later.
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRecord, type SessionRecord } from '../session/record.ts'
import type { Reservation, TokenStore } from '../session/token-store.ts'
import { membersOf } from '../transport/problem.ts'
import { draftName, fillDraft, publish, reserveDraft, writeDraft } from './draft.ts'
import { FileStoreError, inFolder, unless } from './file-store-error.ts'
import { checkFolder, makeFolder } from './folder.ts'

interface Stored {
  readonly number: number
  readonly record: SessionRecord | undefined
}

type Optional = SessionRecord | undefined

const versionName = /^(\d{1,15})\.json$/
const staleDraftMilliseconds = 3_600_000

/**
 * Keeps a session in its own folder (mode 0700; its records 0600), so that it outlives the process and several
 * processes share it. Needs a file system with hard links: any common one, including NFS, but not FAT.
 *
 * Space for the next record is reserved on disk before a login or a refresh is sent. If that fails, nothing is sent.
 *
 * @param path The folder; created if it is missing. One folder for each session.
 * @throws FileStoreError `store_unusable`, from all three methods: if another user owns the folder, others may access
 *   it, it contains something else, or the system does not allow storing a record. `reason` is then the system's error
 *   code, such as `ENOSPC`.
 * @example
 * ```ts
 * import { createClient, passwordSession } from '@countersign/client'
 * import { fileStore } from '@countersign/client/node'
 *
 * const auth = passwordSession({ username: 'ada', password: 'correct horse battery', store: fileStore('session') })
 * const client = createClient({ baseUrl: 'https://auth.example', auth })
 * ```
 */
export function fileStore(path: string): TokenStore {
  const replace = async (spent: Optional, next: Optional, draftOf: (text: string) => Promise<string>) => {
    const newest = await readNewest(path)
    if (newest.record?.retryKey !== spent?.retryKey) return false
    const number = newest.number + 1
    if (!(await publish(path, await draftOf(textOf(next)), number))) return false
    // A suspended process may have taken a number that was used and deleted long ago; then it was not the first.
    if ((await newestNumber(path)) !== number) return false
    await sweep(path, number)
    return true
  }
  return {
    read: () =>
      inFolder(path, async () => {
        await checkFolder(path)
        return (await readNewest(path)).record
      }),
    replace: (spent, next) =>
      inFolder(path, async () => {
        await makeFolder(path)
        return replace(spent, next, (text) => writeDraft(path, text))
      }),
    reserve: () =>
      inFolder(path, async (): Promise<Reservation> => {
        await makeFolder(path)
        const reserved = await reserveDraft(path)
        // The draft was deleted because the answer took an hour: write a new one.
        const draftOf = async (text: string) =>
          (await fillDraft(reserved, text)) ? reserved : await writeDraft(path, text)
        return {
          replace: (spent, next) => inFolder(path, () => replace(spent, next, draftOf)),
          release: () => inFolder(path, () => rm(reserved, { force: true })),
        }
      }),
  }
}

const textOf = (next: Optional): string => `${JSON.stringify({ session: next ?? null })}\n`

async function readNewest(path: string): Promise<Stored> {
  for (;;) {
    const number = await newestNumber(path)
    if (number === 0) return { number, record: undefined }
    const text = await readFile(join(path, `${number}.json`), 'utf8').catch(unless('ENOENT'))
    // Deleted between the two calls: a newer record exists.
    if (text === undefined) continue
    return { number, record: parseStored(text) }
  }
}

/** The highest number, or 0. A directory listing is not a snapshot, so two in a row must agree. */
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
    // The engine's message quotes the text, which contains secrets.
    throw new FileStoreError('The session store does not contain a session')
  }
  if (session === null) return undefined
  const record = parseRecord(session)
  if (!record) throw new FileStoreError('The session store does not contain a session')
  return record
}

/** Deletes older records, and drafts of processes that were killed. */
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
