import { chmodSync, copyFileSync, existsSync, realpathSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Resealing, Store, StoredKeySet } from '@countersign/core'
import { lockAlone } from '../engine/sqlite/folder-lock.ts'
import { openLocked } from '../open/open.ts'
import { resealRows } from '../sealed/reseal-rows.ts'
import { BackupError } from './backup-error.ts'
import { type Carried, carryOver, type LeftBehind, lastPlace, leftBehind } from './carry-over.ts'
import { endCredentials, endSessions } from './end-credentials.ts'
import { inspect } from './inspect.ts'
import { renewFeed } from './renewed-feed.ts'
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
  const { path, file, now, resealing, prove, endKeys, onStep = () => {} } = options
  const lock = lockAlone(path)
  if (!lock) throw new BackupError('in_use', `a server, or another command, has ${path} open: stop it first`)
  const draft = `${path}.restoring`
  try {
    copyBackup(file, path, draft)
    await withStore(draft, async ({ keys }) => prove(await keys.list()))
    if (resealing) resealDraft(draft, resealing)
    onStep('judge')
    const replaced = await judgeReplaced(path, draft, prove)
    const { state } = replaced
    if (state !== 'later' && options.keepSessions && !options.keepCredentials) throw sessionsUnknown(state)
    const done = reconcile(draft, replaced, options)
    if (done.sessions === 'ended') await withStore(draft, endKeys)
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
const withStore = async (draft: string, work: (store: Store) => Promise<void>): Promise<void> => {
  const store = await openLocked({ path: draft })
  try {
    await work(store)
  } finally {
    await store.close()
  }
}

const resealDraft = (draft: string, resealing: Resealing): void => {
  const db = new DatabaseSync(draft, { timeout: 0, enableForeignKeyConstraints: true })
  try {
    resealRows(db, resealing)
  } finally {
    db.close()
  }
}

type Reconciled = Pick<Restored, 'outcome' | 'sessions' | 'carried' | 'leftBehind'>

/** One commit on the draft, with its audit row (S12). */
const reconcile = (draft: string, { state, readable }: Replaced, options: RestoreOptions): Reconciled => {
  const { now } = options
  if (state === 'later') {
    using later = attached(draft, readable)
    return inOneCommit(later.database, now, (db) => {
      const left = leftBehind(db)
      const carried = carryOver(db, now)
      if (!options.keepSessions) endSessions(db, now)
      const sessions = options.keepSessions ? 'kept' : 'ended'
      return { outcome: 'carried_over', sessions, carried, leftBehind: left }
    })
  }
  const db = new DatabaseSync(draft, { timeout: 0, enableForeignKeyConstraints: true })
  try {
    return inOneCommit(db, now, () => {
      const nothing = { carried: undefined, leftBehind: undefined }
      if (options.keepCredentials) return { outcome: 'as_backed_up', sessions: 'kept', ...nothing }
      endCredentials(db, now, options.lastStep)
      return { outcome: 'credentials_ended', sessions: 'ended', ...nothing }
    })
  } finally {
    db.close()
  }
}

const inOneCommit = (db: DatabaseSync, now: number, work: (db: DatabaseSync) => Reconciled): Reconciled => {
  db.exec('pragma synchronous = full; begin immediate')
  try {
    const backupSequence = lastPlace(db)
    const done = work(db)
    renewFeed(db, now)
    const { outcome, sessions, carried } = done
    const detail = { outcome, sessions, backup_sequence: backupSequence, ...carried }
    db.prepare(`insert into audit (sequence, at, action, detail) values (?, ?, 'database_restored', ?)`).run(
      lastPlace(db) + 1,
      now,
      JSON.stringify(detail),
    )
    db.exec('commit')
    return done
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
