import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { StoredKeySet } from '@countersign/core'
import { StoreOpenError } from '../engine/store-open-error.ts'
import { olderSchema } from '../open/older-schema.ts'
import { openLocked } from '../open/open.ts'
import { BackupError } from './backup-error.ts'
import { isLaterState } from './carry-over.ts'
import { copyPrivately, removeWithLogs, replayable } from './files.ts'
import { faultsOf } from './quick-check.ts'

/**
 * What is known about the database that a backup replaces. `later`: it is a later state of the backup, and shows what was ended
 * since. The others say why it cannot show that: `absent`, `damaged`; `newer`: a later program wrote it; `other_key`: another
 * master key sealed it; `unrelated`: it is not a later state of the backup.
 */
export type ReplacedState = 'later' | 'absent' | 'damaged' | 'newer' | 'other_key' | 'unrelated'

export interface Replaced {
  readonly state: ReplacedState
  /** Where it can be read with this program's schema. It is the database itself, or a copy that was migrated. */
  readonly readable: string
}

/** The copy of a database of an older schema: the database itself is kept as it is. */
const migratedCopy = (path: string): string => `${path}.judged`

/** Removes what `judgeReplaced` has made. */
export const removeMigratedCopy = (path: string): void => removeWithLogs(migratedCopy(path))

/**
 * Examines the database at `path`, which no process has open. If it can be opened, its log is folded into it.
 *
 * @param draft The copy of the backup, of this program's schema.
 * @throws BackupError `in_use` if another program keeps its log open. StoreOpenError `file_unsafe`.
 */
export const judgeReplaced = async (
  path: string,
  draft: string,
  prove: (keys: readonly StoredKeySet[]) => void,
): Promise<Replaced> => {
  const judged = (state: ReplacedState, readable = path): Replaced => ({ state, readable })
  if (!existsSync(path) || statSync(path).size === 0) return judged('absent')
  if ((await faultsOf(path)).length > 0) return judged('damaged')
  const readable = (await olderSchema({ path })) ? copyToMigrate(path) : path
  const state = await openedState(readable, prove)
  if (state !== undefined) return judged(state)
  if (replayable(readable).length > 0) {
    throw new BackupError('in_use', `another program has ${path} open, or is copying it: stop it first`)
  }
  return judged(isLater(draft, readable) ? 'later' : 'unrelated', readable)
}

const copyToMigrate = (path: string): string => {
  removeMigratedCopy(path)
  const copy = migratedCopy(path)
  for (const file of [path, ...replayable(path)]) copyPrivately(file, copy + file.slice(path.length))
  return copy
}

/** Opening it brings its schema up to this program's. */
const openedState = async (
  path: string,
  prove: (keys: readonly StoredKeySet[]) => void,
): Promise<Exclude<ReplacedState, 'later'> | undefined> => {
  try {
    const store = await openLocked({ path })
    try {
      const keys = await store.keys.list()
      try {
        prove(keys)
      } catch {
        return 'other_key'
      }
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof StoreOpenError) || error.code === 'file_unsafe') throw error
    return error.code === 'schema_newer' ? 'newer' : 'damaged'
  }
  return undefined
}

const isLater = (draft: string, path: string): boolean => {
  using db = attached(draft, path)
  return isLaterState(db.database)
}

/** A connection to the draft that sees the replaced database beside it. */
export const attached = (draft: string, path: string): Disposable & { readonly database: DatabaseSync } => {
  const database = new DatabaseSync(draft, { timeout: 0, enableForeignKeyConstraints: true })
  database.prepare('attach ? as replaced').run(path)
  return { database, [Symbol.dispose]: () => database.close() }
}
