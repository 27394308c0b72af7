import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StoreError } from '@countersign/core'
import type { Executor, Unit } from '../engine.ts'
import type { Pause } from '../pause.ts'
import { isBusy, isSyncFailure, storeFault } from './fault.ts'

export interface GroupCommitOptions {
  readonly pause: Pause
  /** How long a unit is kept waiting for a database that another process has locked. */
  readonly lockLimitMilliseconds: number
  /** Called after each commit, before its units resolve. */
  readonly onCommit?: () => void
  /** Asked after each commit, before its units resolve: whether the files are still where they were opened. */
  readonly isInPlace?: () => boolean
}

/** Reads and other work get a turn between two commits. */
const largestBatch = 256
/** With so many units waiting, a new one is refused at once. */
const longestQueue = 20_000
const retryMilliseconds = [1, 2, 1, 3] as const

interface Waiting {
  readonly unit: Unit<unknown>
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  lockedSince?: number
}

/**
 * Commits units that arrive together in one transaction, hence with one wait for the disk. Units run one after another, each in
 * its own savepoint, so that the fault of one undoes nothing of the others (N-281). A unit resolves after COMMIT has returned. If
 * COMMIT fails, all of them reject with `unavailable`, and nothing was changed. So every unit is alone on every key.
 *
 * A lock of another process is waited for on a timer, and the event loop goes on (N-226).
 */
export class GroupCommit {
  readonly #db: DatabaseSync
  readonly #execute: Executor
  readonly #options: GroupCommitOptions
  readonly #control: Readonly<Record<'begin' | 'commit' | 'rollback' | 'save' | 'release' | 'undo', StatementSync>>
  #queue: Waiting[] = []
  #working: Promise<void> | undefined
  #stopped: unknown
  #units = 0
  #commits = 0

  constructor(db: DatabaseSync, execute: Executor, options: GroupCommitOptions) {
    this.#db = db
    this.#execute = execute
    this.#options = options
    this.#control = {
      begin: db.prepare('begin immediate'),
      commit: db.prepare('commit'),
      rollback: db.prepare('rollback'),
      save: db.prepare('savepoint unit'),
      release: db.prepare('release unit'),
      undo: db.prepare('rollback to unit'),
    }
  }

  get units(): number {
    return this.#units
  }

  get commits(): number {
    return this.#commits
  }

  write<T>(unit: Unit<T>): Promise<T> {
    if (this.#stopped !== undefined) return Promise.reject(new StoreError('unavailable', this.#stopped))
    if (this.#queue.length >= longestQueue) {
      return Promise.reject(new StoreError('unavailable', new Error('too many writes are waiting')))
    }
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ unit, resolve, reject })
      this.#working ??= this.#drain()
    })
  }

  /** Refuses every unit from now on: the database is no longer where it was opened. */
  lose(): void {
    if (this.#stopped instanceof StoreError) return
    this.#stopped = new StoreError(
      'unavailable',
      new Error('the database was moved, removed or replaced while it was open'),
    )
  }

  /** Refuses new units, and resolves when those before are done. */
  async stop(reason: Error): Promise<void> {
    this.#stopped ??= reason
    await this.#working
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // Units that arrive in this turn of the event loop join the batch.
      await nextTurn()
      if (await this.#begin()) await this.#commitTogether(this.#queue.splice(0, largestBatch))
    }
    this.#working = undefined
  }

  /** Takes the write lock. Units that have waited too long are refused. Returns false if none is left. */
  async #begin(): Promise<boolean> {
    for (let attempt = 0; this.#queue.length > 0; attempt++) {
      try {
        if (this.#stopped instanceof StoreError) throw this.#stopped
        this.#control.begin.run()
        return true
      } catch (error) {
        if (!isBusy(error)) {
          this.#stopOnSyncFailure(error)
          this.#refuse(() => true, error)
          return false
        }
        const now = this.#options.pause.elapsedMilliseconds()
        for (const waiting of this.#queue) waiting.lockedSince ??= now
        this.#refuse(({ lockedSince = now }) => now - lockedSince >= this.#options.lockLimitMilliseconds, error)
      }
      if (this.#queue.length > 0) await this.#options.pause.wait(retryAfter(attempt))
    }
    return false
  }

  #refuse(which: (waiting: Waiting) => boolean, cause: unknown): void {
    const kept: Waiting[] = []
    for (const waiting of this.#queue) {
      if (which(waiting)) waiting.reject(new StoreError('unavailable', cause))
      else kept.push(waiting)
    }
    this.#queue = kept
  }

  async #commitTogether(batch: readonly Waiting[]): Promise<void> {
    const answers: (() => void)[] = []
    try {
      for (const waiting of batch) answers.push(await this.#attempt(waiting))
      await this.#commit()
      if (this.#options.isInPlace?.() === false) {
        this.lose()
        throw this.#stopped
      }
    } catch (error) {
      this.#stopOnSyncFailure(error)
      this.#abandon()
      for (const waiting of batch) waiting.reject(new StoreError('unavailable', error))
      return
    }
    for (const answer of answers) answer()
  }

  /** Runs one unit in its savepoint. Throws only if the whole transaction is lost. */
  async #attempt({ unit, resolve, reject }: Waiting): Promise<() => void> {
    this.#units++
    this.#control.save.run()
    try {
      const value = await unit(this.#execute)
      this.#control.release.run()
      return () => resolve(value as never)
    } catch (error) {
      // A full disk or an I/O error may have made SQLite roll back everything. After a failed sync the whole batch fails: its
      // other units would be committed on top of writes that may be lost.
      if (!this.#db.isTransaction || isSyncFailure(error)) throw error
      this.#control.undo.run()
      this.#control.release.run()
      return () => reject(storeFault(error))
    }
  }

  async #commit(): Promise<void> {
    const deadline = this.#options.pause.elapsedMilliseconds() + this.#options.lockLimitMilliseconds
    for (let attempt = 0; ; attempt++) {
      try {
        this.#control.commit.run()
        this.#commits++
        this.#options.onCommit?.()
        return
      } catch (error) {
        if (!isBusy(error) || this.#options.pause.elapsedMilliseconds() >= deadline) throw error
      }
      await this.#options.pause.wait(retryAfter(attempt))
    }
  }

  /** After a failed sync, at any step, nothing is begun on this connection. */
  #stopOnSyncFailure(error: unknown): void {
    if (isSyncFailure(error)) this.#stopped = new StoreError('unavailable', error)
  }

  #abandon(): void {
    try {
      if (this.#db.isTransaction) this.#control.rollback.run()
    } catch (error) {
      // The transaction can neither be committed nor undone: nothing may be begun on top of it.
      this.#stopped = new StoreError('unavailable', error)
    }
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Uneven, so that two waiting processes do not keep colliding. */
const retryAfter = (attempt: number): number => retryMilliseconds[attempt % retryMilliseconds.length] ?? 1
