// A session on disk, shared by any number of processes. Owns the order of system calls; knows nothing of HTTP.
//
// There is no lock. A lock file outlives a killed holder, and whoever breaks it races with the next one who does; the
// locks that the kernel lets go of (flock, fcntl) are not to be had in Node. So `replace` is decided by one system call
// that is atomic on every file system that has it: each record is a file of its own with the next number, and
// link(2) fails when that number exists already. A process may be killed at any point: either its record has its name,
// whole and synced, or it has none and only a draft remains, which is swept up later.
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
 * Keeps a session in a folder of its own (mode 0700; the record in it 0600), so that it outlives the process and that
 * several processes share it. Needs a file system with hard links: any usual one, also NFS; not FAT.
 *
 * Room for the next record is made on disk before a login or a refresh is sent. Where that fails, nothing is sent.
 *
 * @param path The folder; made when missing. One folder for one session.
 * @throws FileStoreError `store_unusable` (from all three methods) When the folder is another user's, when others may
 *   use it, when it holds something else, or when the system does not let a record be kept; `reason` is then the
 *   system's word, such as `ENOSPC`.
 */
export function fileStore(path: string): TokenStore {
  const replace = async (spent: Optional, next: Optional, draftOf: (text: string) => Promise<string>) => {
    const newest = await readNewest(path)
    if (newest.record?.retryKey !== spent?.retryKey) return false
    const number = newest.number + 1
    if (!(await publish(path, await draftOf(textOf(next)), number))) return false
    // A process that was held up may have taken a number that was used and swept up long ago: then it was not first.
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
        // Swept up meanwhile, where the answer took an hour: then a new one.
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
