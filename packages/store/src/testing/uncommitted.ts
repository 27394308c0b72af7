import { type DatabaseSync, constants as sqlite } from 'node:sqlite'
import { StoreError } from '@countersign/core'

/** What makes an engine run a unit again: a deadlock, or a unique value that another unit has given meanwhile. */
export class Again extends Error {}

/** What a unit has changed and not committed, one changeset for each of its statements. */
export type Changes = Uint8Array[]

/**
 * One connection that several units use in turn, each as if it were alone on it: what the others have not committed is taken
 * away before a statement, and what the unit has changed is put on top of what is committed.
 */
export class Uncommitted {
  readonly #db: DatabaseSync
  /** Whose changes are on top now, in an open transaction. */
  #onTop: Changes | undefined
  /** Whether all of them were made by statements in that transaction. */
  #isFirstHand = false

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** Runs a statement. What it changed stays on top until `takeAway`; the caller adds it to the changes of the unit. */
  attempt<T>(own: Changes, statement: () => T): { readonly result: T; readonly changes: Uint8Array } {
    // As if a deferred constraint were looked at by the commit alone.
    this.#putOnTop(own, sqlite.SQLITE_CHANGESET_FOREIGN_KEY)
    const session = this.#db.createSession()
    try {
      return { result: statement(), changes: session.changeset() }
    } catch (error) {
      this.takeAway()
      throw error
    } finally {
      session.close()
    }
  }

  commit(own: Changes): void {
    try {
      if (!this.#isFirstHand) this.takeAway()
      this.#putOnTop(own)
      this.#db.exec('commit')
    } catch (error) {
      throw error instanceof Again ? error : new StoreError('unavailable', error)
    } finally {
      this.takeAway()
    }
  }

  takeAway(): void {
    this.#onTop = undefined
    if (this.#db.isTransaction) this.#db.exec('rollback')
  }

  /**
   * What others have removed meanwhile stays removed.
   *
   * @param omitted What is left undone where it cannot be done.
   */
  #putOnTop(own: Changes, ...omitted: readonly number[]): void {
    if (this.#onTop === own) return
    this.takeAway()
    this.#db.exec('begin immediate')
    this.#onTop = own
    this.#isFirstHand = own.length === 0
    const harmless = [sqlite.SQLITE_CHANGESET_NOTFOUND, ...omitted]
    for (const one of own) {
      const isApplied = this.#db.applyChangeset(one, {
        onConflict: (why) => (harmless.includes(why) ? sqlite.SQLITE_CHANGESET_OMIT : sqlite.SQLITE_CHANGESET_ABORT),
      })
      if (!isApplied) throw new Again()
    }
  }
}
