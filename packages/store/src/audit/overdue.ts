import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Executor } from '../engine/engine.ts'
import { removableThrough } from './exports.ts'
import { beforeAll, type OldEntry, oldPages } from './old-pages.ts'

/** Entries that are too old, and were neither exported nor given up. */
export interface Overdue {
  readonly count: number
  /** The place of the last one; 0 if there is none. */
  readonly through: number
}

interface Counted extends Overdue {
  /** Those up to this place count. */
  readonly removable: number
  readonly before: number
  /** The last entry that was looked at. */
  readonly after: OldEntry
}

/** Entries of a page, which take a millisecond. */
const pageSize = 1000

/**
 * Counts what is overdue, page by page, with a turn of the event loop after each. As long as nothing is exported or given up, the next
 * count looks only at what became old since. An entry never gets a time that is past: `at` is of `Clock.latest()`.
 */
export const overdueCounter = (read: Executor): ((before: number) => Promise<Counted>) => {
  let known: Counted | undefined
  return async (before) => {
    const removable = await removableThrough(read)
    const isOn = known !== undefined && known.removable === removable && known.before <= before
    const from = isOn && known ? known : { removable, count: 0, through: 0, after: beforeAll }
    let { count, through, after } = from
    for await (const page of oldPages(read, 'audit', { before, after, limit: pageSize })) {
      for (const { sequence } of page) {
        if (sequence <= removable) continue
        count++
        if (sequence > through) through = sequence
      }
      after = page.at(-1) ?? after
      await nextTurn()
    }
    known = { removable, before, count, through, after }
    return known
  }
}

export const overdueCount = (read: Executor): ((before: number) => Promise<number>) => {
  const count = overdueCounter(read)
  return async (before) => (await count(before)).count
}
