import type { Ddl } from './ddl.ts'
import type { Pause } from './pause.ts'
import type { Key, Statement } from './statement.ts'

/**
 * How statements reach a database. An engine does not know what the rows mean, and what stands above it does not know which
 * engine it is. An engine compiles each `Statement` once, keeps it prepared, and rejects with `StoreError` alone (a unit's own
 * error passes through as it is).
 */
export interface Engine {
  /** Reads see every commit of this process, and every one that another acknowledged before this turn of the event loop. */
  readonly read: Executor
  /** What migrations need to know about this engine's SQL. */
  readonly ddl: Ddl
  /** How work in the background waits. */
  readonly pause: Pause
  /**
   * Runs `unit` in one transaction and resolves when it is on disk. Units that arrive together may share a commit; the fault
   * of one rolls back only what that one did.
   *
   * Isolation is that of READ COMMITTED:
   * - A unit may be run again, for instance after a deadlock, or because another unit has given a unique value meanwhile. The
   *   effects of the run before are rolled back. Therefore a unit changes nothing but the database.
   * - The statements of a unit are executed in the order in which they are asked for. It awaits each of them before it ends, and
   *   may ask for the next one before.
   * - A unit may run at the same time as others. Each of its statements sees what was committed before the statement began,
   *   and the unit's own changes. A statement that changes a row which another unit has changed waits for that unit's end and
   *   looks at the row again.
   *
   * Therefore a unit decides by a conditional write (one statement, and the number of rows that it changed), or it names the
   * keys that it must be alone on. Of the units that name a common key, one begins when the other has committed.
   *
   * @param options `isBrief`: whether the unit nearly always goes on without waiting for an answer, up to its `conclude`
   *   (`unanswered` and `expected` statements). An engine may send several of them in one transaction. It names no keys then. Default is
   *   false.
   * @throws StoreError `unavailable` (nothing was changed), `conflict` (a constraint refused it, nothing was changed).
   */
  write<T>(aloneOn: readonly Key[], unit: Unit<T>, options?: WriteOptions): Promise<T>
  /** Runs reads that all see the same committed state, however long they take. */
  snapshot<T>(reads: Unit<T>): Promise<T>
  /** Calls `listener` after each commit of this engine, before the units resolve. Returns what ends the calls. */
  onCommit(listener: () => void): () => void
  statistics(): Statistics
  /**
   * Whether the database is still where it was opened. Once it is not, nothing is written any more: it would be lost.
   */
  isInPlace(): boolean
  /** The database's own clock, in milliseconds since the epoch. `undefined` if it is this process's. */
  serverTime(): Promise<number | undefined>
  /** Facts for `doctor`. May take long on a large database. */
  check(): Promise<EngineFacts>
  /** Finishes what was begun, then closes. Later calls reject with `StoreError` `unavailable`. */
  close(): Promise<void>
}

export interface WriteOptions {
  readonly isBrief?: boolean
}

export type Unit<T> = (execute: Executor) => Promise<T>

export interface Executor {
  /** The first row. */
  first<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined>
  all<P, R>(statement: Statement<P, R>, parameters: P): Promise<readonly R[]>
  /** Returns the number of rows that it changed. */
  run<P>(statement: Statement<P, unknown>, parameters: P): Promise<number>
  /**
   * As `first`, for the last statement of a unit: an engine may ask for the commit along with it. So the unit asks for nothing more, and
   * does not throw. Outside of a unit it is `first`.
   */
  conclude<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined>
}

/** Work done since the store was opened. */
export interface Statistics {
  /** Statements that only read, with those whose answer was known. */
  readonly reads: number
  /** Reads whose answer was known, since there was no commit in between. */
  readonly known: number
  /** Units of writing; several may share a commit. */
  readonly writes: number
  readonly commits: number
}

export interface EngineFacts {
  readonly engine: string
  readonly version: string
  /** Each setting that durability or isolation depends on, as the database itself reports it. */
  readonly settings: Readonly<Record<string, string | number>>
  /** What the integrity check complained about; empty if there is none. */
  readonly faults: readonly string[]
  readonly files: readonly { readonly path: string; readonly mode: string }[]
  /** The files at the path are no longer those that were opened. */
  readonly replaced: boolean
}
