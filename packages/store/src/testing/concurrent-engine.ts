/*
 * An engine that does with units whatever `Engine.write` permits: each unit is run twice, the first time for nothing, and at
 * the same time as others, statement by statement. It is no fake: the statements run on SQLite. Between two statements the
 * changes of a unit are kept as changesets, so that no other unit sees them before the commit.
 */
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { StoreError } from '@countersign/core'
import type { Engine, Executor, Unit } from '../engine/engine.ts'
import { compiler } from '../engine/sqlite/compiler.ts'
import { storeFault } from '../engine/sqlite/fault.ts'
import { committed } from '../engine/sqlite/known-answers.ts'
import { Statements } from '../engine/sqlite/statements.ts'
import type { Key, Statement } from '../engine/statement.ts'
import { rowsOf } from './changeset.ts'
import { Again, type Changes, Uncommitted } from './uncommitted.ts'

/** So many units run at the same time; the others wait for their turn. */
const mostAtOnce = 16
/** A unit that is run so often will never succeed. */
const mostRuns = 100

/** One run of a unit. */
class Run {
  readonly changes: Changes = []
  /** The rows that it has changed: no other run changes them before it ends. */
  readonly rows = new Set<string>()
  readonly ended: Promise<void>
  waitsFor: Run | undefined
  /** Its last statement so far. */
  last: Promise<void> = Promise.resolve()
  end: () => void = () => {}

  constructor() {
    this.ended = new Promise((resolve) => {
      this.end = resolve
    })
  }
}

export interface ConcurrentOptions {
  /** Reads, migrations and checks; its own units are never used. */
  readonly inner: Engine
  /** A connection to the same file, for the units. */
  readonly db: DatabaseSync
  /** Keys that units name in vain, to show what they are for. Default is none. */
  readonly ignores?: (key: Key) => boolean
}

export const concurrentEngine = ({ inner, db, ignores = () => false }: ConcurrentOptions): Engine => {
  const statements = new Statements(db, compiler)
  const uncommitted = new Uncommitted(db)
  const runs = new Set<Run>()
  const queues = new Map<Key, Run[]>()
  const turns: (() => void)[] = []
  const ready: (() => void)[] = []
  let [atOnce, firstRuns] = [0, 0]
  let [writes, commits] = [0, 0]
  const listeners = new Set<() => void>()
  let isClosed = false

  const waitFor = async (run: Run, other: Run): Promise<void> => {
    for (let next: Run | undefined = other; next !== undefined; next = next.waitsFor) {
      if (next === run) throw new Again()
    }
    run.waitsFor = other
    await other.ended
    run.waitsFor = undefined
  }

  const lock = async (run: Run, key: Key): Promise<void> => {
    if (ignores(key)) return
    const queue = queues.get(key) ?? []
    queues.set(key, queue)
    if (queue.includes(run)) return
    queue.push(run)
    for (let [first] = queue; first !== undefined && first !== run; [first] = queue) await waitFor(run, first)
  }

  const release = (run: Run): void => {
    uncommitted.takeAway()
    runs.delete(run)
    for (const queue of queues.values()) if (queue.includes(run)) queue.splice(queue.indexOf(run), 1)
    run.end()
  }

  /** In the order in which they are asked for. */
  const step = <T>(run: Run, statement: Statement<never, unknown>, work: () => T): Promise<T> => {
    const done = run.last.then(() => stepNow(run, statement, work))
    run.last = done.then(nothing, nothing)
    return done
  }

  const stepNow = async <T>(run: Run, statement: Statement<never, unknown>, work: () => T): Promise<T> => {
    // The other units get their turns between two statements of this one, and before its commit.
    if (runs.size > 1) await nextTurn()
    if (statement.aloneOn !== undefined) await lock(run, statement.aloneOn)
    for (;;) {
      const { result, changes } = uncommitted.attempt(run.changes, work)
      const rows = [...rowsOf(changes)]
      const other = [...runs].find((one) => one !== run && rows.some((row) => one.rows.has(row)))
      if (other === undefined) {
        if (rows.length > 0) run.changes.push(changes)
        for (const row of rows) run.rows.add(row)
        return result
      }
      uncommitted.takeAway()
      await waitFor(run, other)
    }
  }

  const executorOf = (run: Run): Executor => ({
    first: (statement, parameters) => step(run, statement, () => statements.first(statement, parameters)),
    conclude: (statement, parameters) => step(run, statement, () => statements.first(statement, parameters)),
    all: (statement, parameters) => step(run, statement, () => statements.all(statement, parameters)),
    run: (statement, parameters) => step(run, statement, () => statements.run(statement, parameters)),
  })

  const commit = (run: Run): void => {
    uncommitted.commit(run.changes)
    commits++
    committed()
    for (const listener of listeners) listener()
  }

  /** Those that run at the same time begin their second runs together. */
  const firstRunIsOver = async (): Promise<void> => {
    const over = new Promise<void>((resolve) => ready.push(resolve))
    if (--firstRuns === 0) for (const begin of ready.splice(0)) begin()
    await over
  }

  const runOnce = async <T>(unit: Unit<T>, keys: readonly Key[], end: (run: Run) => void): Promise<T> => {
    for (let count = 1; ; count++) {
      const run = new Run()
      try {
        for (const key of [...keys].sort()) await lock(run, key)
        runs.add(run)
        const value = await unit(executorOf(run))
        await nextTurn()
        end(run)
        return value
      } catch (error) {
        if (!(error instanceof Again) || count === mostRuns) throw storeFault(error)
      } finally {
        release(run)
      }
    }
  }

  const runTwice = async <T>(unit: Unit<T>, keys: readonly Key[]): Promise<T> => {
    firstRuns++
    try {
      await runOnce(unit, keys, () => {})
    } finally {
      await firstRunIsOver()
    }
    return runOnce(unit, keys, commit)
  }

  return {
    read: inner.read,
    ddl: inner.ddl,
    pause: inner.pause,
    write: async (aloneOn, unit) => {
      if (isClosed) throw new StoreError('unavailable', new Error('the store is closed'))
      writes++
      if (atOnce < mostAtOnce) atOnce++
      else await new Promise<void>((resolve) => turns.push(resolve))
      try {
        return await runTwice(unit, aloneOn)
      } finally {
        const next = turns.shift()
        if (next === undefined) atOnce--
        else next()
      }
    },
    snapshot: (reads) => inner.snapshot(reads),
    onCommit: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    statistics: () => ({ ...inner.statistics(), writes, commits }),
    isInPlace: () => inner.isInPlace(),
    serverTime: () => inner.serverTime(),
    check: () => inner.check(),
    close: async () => {
      isClosed = true
      if (db.isOpen) db.close()
      await inner.close()
    },
  }
}

const nothing = (): void => {}
