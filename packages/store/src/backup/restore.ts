import { chmodSync, copyFileSync, existsSync, realpathSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Resealing, Store, StoredKeySet } from '@countersign/core'
import { lockAlone } from '../engine/sqlite/folder-lock.ts'
import { openLocked, type StoreHandle } from '../open/open.ts'
import { BackupError } from './backup-error.ts'
import { type Carried, carryOver, endSessions, type LeftBehind, lastPlace, leftBehind } from './carry-over.ts'
import { writeAnew } from './files.ts'
import { inspect } from './inspect.ts'
import { attached, judgeReplaced, type Replaced, type ReplacedState, removeMigratedCopy } from './replaced.ts'
import { keptName, type OnStep, removeDraft, swap } from './swap.ts'
import { forgetServing } from './unclean-end.ts'

export interface RestoreOptions {
  /** The database that is replaced. */
  readonly path: string
  /** The backup. It is only read. */
  readonly file: string
  /** Epoch seconds. */
  readonly now: number
  /** If it is known what was ended since the backup: sessions and key sets stay valid. */
  readonly keepSessions: boolean
  /** If it is not known: everything stays valid as it was at the time of the backup. */
  readonly keepCredentials: boolean
  /** If another master key sealed the backup: it is sealed anew, before anything else is done with it. */
  readonly resealing?: Resealing | undefined
  /** Throws if the master key does not open these. The first are those of the backup. */
  readonly prove: (keys: readonly StoredKeySet[]) => void
  /** Revokes every key set and makes the next one. */
  readonly endKeys: (store: Store) => Promise<void>
  /** The id of the revocation feed from now on: its readers begin again. */
  readonly feed: string
  /** The last TOTP step of which a code may have been spent already. */
  readonly lastStep: number
  readonly onStep?: OnStep
}

export interface Restored {
  /** What the replaced database was. */
  readonly replaced: ReplacedState
  /** Where it is kept; `undefined` if there was none. */
  readonly kept: string | undefined
  /**
   * `carried_over`: what was ended since stays ended. `credentials_ended`: it is not known what was ended, so every bearer
   * credential was. `as_backed_up`: everything is valid as it was.
   */
  readonly outcome: 'carried_over' | 'credentials_ended' | 'as_backed_up'
  readonly sessions: 'ended' | 'kept'
  readonly carried: Carried | undefined
  readonly leftBehind: LeftBehind | undefined
}

/**
 * This folder owns backups of the database, and what a restore keeps and ends.
 *
 * Replaces the database by a backup. Nothing is changed before the backup was read, migrated to this program's schema and opened
 * with the master key. The swap itself is one rename.
 *
 * @throws BackupError `in_use`, `unreadable`, `no_backup`, `damaged`, `newer`, `sessions_unknown`; what `prove` and `endKeys` throw.
 */
export const restoreDatabase = async (options: RestoreOptions): Promise<Restored> => {
  const { path, file, now, resealing, prove, onStep = () => {} } = options
  const lock = lockAlone(path)
  if (!lock) throw new BackupError('in_use', `a server, or another command, has ${path} open: stop it first`)
  const draft = `${path}.restoring`
  try {
    copyBackup(file, path, draft)
    await withStore(draft, async ({ keys }) => prove(await keys.list()))
    if (resealing) await sealUnderOtherKey(draft, resealing)
    onStep('judge')
    const replaced = await judgeReplaced(path, draft, prove)
    const { state } = replaced
    if (state !== 'later' && options.keepSessions && !options.keepCredentials) throw sessionsUnknown(state)
    const done = await reconcile(draft, replaced, options)
    inspect(draft, 'the restored database')
    const kept = state === 'absent' ? undefined : keptName(path, now)
    swap(path, draft, kept ?? `${path}.empty`, onStep)
    // The restored database was just checked.
    forgetServing(path)
    return { replaced: state, kept, ...done }
  } finally {
    removeDraft(draft)
    removeMigratedCopy(path)
    lock.release()
  }
}

const sessionsUnknown = (state: ReplacedState): BackupError =>
  new BackupError('sessions_unknown', `what was ended since the backup is not known (${state}): no session can be kept`)

/** An existing draft is one that a power cut left. */
const copyBackup = (file: string, path: string, draft: string): void => {
  removeDraft(draft)
  if (!existsSync(file)) throw new BackupError('unreadable', `there is no ${file}`)
  if (existsSync(path) && realpathSync(file) === realpathSync(path)) {
    throw new BackupError('no_backup', `${file} is the database itself`)
  }
  for (const suffix of ['', '-wal']) {
    // The log of a copy that was made by hand belongs to it.
    if (suffix !== '' && !existsSync(file + suffix)) continue
    try {
      copyFileSync(file + suffix, draft + suffix)
      chmodSync(draft + suffix, 0o600)
    } catch (error) {
      throw new BackupError('unreadable', `${file + suffix} cannot be copied beside ${path}`, error)
    }
  }
  if (statSync(draft).size === 0) throw new BackupError('no_backup', `${file} is empty`)
  inspect(draft, file)
}

/** Closing it folds its log into it. */
const withStore = async (draft: string, work: (store: StoreHandle) => Promise<void>): Promise<void> => {
  const store = await openLocked({ path: draft })
  try {
    await work(store)
  } finally {
    await store.close()
  }
}

const sealUnderOtherKey = async (draft: string, resealing: Resealing): Promise<void> => {
  await withStore(draft, async (store) => void (await store.sealAnew({ resealing })))
  writeAnew(draft)
}

type Reconciled = Pick<Restored, 'outcome' | 'sessions' | 'carried' | 'leftBehind'>

/**
 * What stays valid, with the audit row (S12). A process that is killed in between leaves a draft, which is made anew: the swap is what
 * counts.
 */
const reconcile = async (draft: string, replaced: Replaced, options: RestoreOptions): Promise<Reconciled> => {
  const { now, lastStep, feed, endKeys } = options
  const backupSequence = inDraft(draft, lastPlace)
  const isKnown = replaced.state === 'later'
  const merged = isKnown ? merge(draft, replaced, options) : undefined
  const keepCredentials = isKnown || options.keepCredentials
  const sessions = (isKnown ? options.keepSessions : options.keepCredentials) ? 'kept' : 'ended'
  const outcome = isKnown ? 'carried_over' : options.keepCredentials ? 'as_backed_up' : 'credentials_ended'
  const detail = { outcome, sessions, backup_sequence: backupSequence, ...merged?.carried } as const
  await withStore(draft, async (store) => {
    await store.endAfterRestore({
      now,
      lastStep,
      keepCredentials,
      feed,
      audit: { at: now, action: 'database_restored', detail },
    })
    if (sessions === 'ended') await endKeys(store)
  })
  return { outcome, sessions, carried: merged?.carried, leftBehind: merged?.leftBehind }
}

/** One commit. */
const merge = (draft: string, { readable }: Replaced, { now, keepSessions }: RestoreOptions) => {
  using later = attached(draft, readable)
  const db = later.database
  db.exec('begin immediate')
  const left = leftBehind(db)
  const carried = carryOver(db, now)
  if (!keepSessions) endSessions(db, now)
  db.exec('commit')
  return { carried, leftBehind: left }
}

const inDraft = <T>(draft: string, work: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(draft, { timeout: 0, enableForeignKeyConstraints: true })
  try {
    return work(db)
  } finally {
    db.close()
  }
}
