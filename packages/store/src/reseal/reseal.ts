import type { AuditEvent, Resealing, StoredKeySet } from '@countersign/core'
import { copyInto } from '../backup/back-up.ts'
import { BackupError } from '../backup/backup-error.ts'
import { removeWithLogs, replayable, syncFile, writeAnew } from '../backup/files.ts'
import { inspect } from '../backup/inspect.ts'
import { freeBytesAt, sizeOf } from '../backup/migration-backups.ts'
import { type OnStep, putInPlace } from '../backup/swap.ts'
import { lockAlone } from '../engine/sqlite/folder-lock.ts'
import { olderError, olderSchema } from '../open/older-schema.ts'
import { openLocked, type StoreHandle } from '../open/open.ts'
import type { ResealedRows } from '../sealed/reseal-rows.ts'

export interface ResealOptions {
  readonly path: string
  /** Epoch seconds. */
  readonly now: number
  readonly resealing: Resealing
  /**
   * Which key opens these sets: the `old` one, or already the `new` one, where a reseal was interrupted after its last step on the
   * database. Throws if neither does.
   */
  readonly keyOf: (keys: readonly StoredKeySet[]) => 'old' | 'new'
  /** Called before the resealed database takes its place: what is needed to go on after an interruption is made durable. */
  readonly beforeSwap: () => void
  /** Called afterwards, and also where the database was resealed before. */
  readonly afterSwap: () => void
  readonly onStep?: OnStep
  /** Bytes that can still be written beside the database. Default asks the file system. */
  readonly freeBytes?: ((folder: string) => number) | undefined
}

/**
 * This folder owns the change of the master key in a database.
 *
 * Seals everything anew in a copy of the database, which then replaces the database by one rename. The copy is written anew at the
 * end, so that no page of it has what the old key opens. The replaced file is removed. No process has the database open meanwhile.
 *
 * A process that is killed leaves the old database complete, or the new one. The call can be repeated.
 *
 * @returns `undefined` if the new key opens the database already.
 * @throws BackupError `in_use`, `no_room`, `unwritable`, `damaged`, `newer`; StoreOpenError; what the hooks throw.
 */
export const resealDatabase = async (options: ResealOptions): Promise<ResealedRows | undefined> => {
  const { path, keyOf, afterSwap } = options
  const lock = lockAlone(path)
  if (!lock) throw new BackupError('in_use', `a server, or another command, has ${path} open: stop it first`)
  try {
    const older = await olderSchema({ path })
    if (older) throw olderError(older)
    const rows = keyOf(await keysIn(path)) === 'new' ? undefined : await resealCopy(options)
    afterSwap()
    return rows
  } finally {
    lock.release()
  }
}

const keysIn = (path: string): Promise<readonly StoredKeySet[]> => inStore(path, (store) => store.keys.list())

const resealCopy = async (options: ResealOptions): Promise<ResealedRows> => {
  const { path, now, resealing, keyOf, beforeSwap, onStep = () => {}, freeBytes = freeBytesAt } = options
  if (replayable(path).length > 0) {
    throw new BackupError('in_use', `another program has ${path} open, or is copying it: stop it first`)
  }
  const draft = `${path}.resealing`
  // A killed process may have left one.
  removeWithLogs(draft)
  // The copy, and the same again while it is written anew.
  const [needed, free] = [2 * sizeOf(path), freeBytes(path.slice(0, path.lastIndexOf('/') + 1))]
  if (free < needed) {
    throw new BackupError(
      'no_room',
      `there is no room for a copy of ${path}: it needs ${needed} bytes, and there are ${free}`,
    )
  }
  try {
    onStep('copy')
    copyInto(draft, path)
    onStep('seal')
    const rows = await inStore(draft, (store) => store.sealAnew({ resealing, audit: replacedKey(now) }))
    onStep('vacuum')
    writeAnew(draft)
    inspect(draft, `the resealed copy of ${path}`)
    if (keyOf(await keysIn(draft)) !== 'new') throw new Error('the resealed copy is not opened by the new key')
    syncFile(draft)
    onStep('before swap')
    beforeSwap()
    putInPlace(path, draft, onStep)
    onStep('swapped')
    return rows
  } finally {
    removeWithLogs(draft)
  }
}

/** Closing the database folds its log into it. */
const inStore = async <T>(path: string, work: (store: StoreHandle) => Promise<T>): Promise<T> => {
  const store = await openLocked({ path })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** The entry in the trail. */
export const replacedKey =
  (now: number) =>
  ({ keySets, totpSecrets, passwordHashes }: ResealedRows): AuditEvent => ({
    at: now,
    action: 'master_key_replaced',
    detail: { key_sets: keySets, totp_secrets: totpSecrets, password_hashes: passwordHashes },
  })
