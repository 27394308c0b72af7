import type { Counter, Counters } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { forgetFailures } from '../factors/enrolments.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { text } from '../schema/kind.ts'
import { byShape, changing, excluded, insert, remembered, remove, select, unanswered } from '../schema/statement.ts'
import { counters } from '../schema/tables.ts'
import { batch, forget } from '../sequences/forget.ts'
import { writeOn } from '../validity/condition.ts'

/** Failure counters. Each change is its own unit, committed before the error is thrown (S11). */
export const countersOn = (engine: Engine): Counters => ({
  read: (keys) => readAll(engine.read, keys),
  change: (keys, decide) =>
    engine.write(keys.map(aloneOn.counter), async (execute) => {
      const { next, result } = decide(await readAll(execute, keys))
      for (const [place, key] of keys.entries()) await write(execute, key, next[place])
      return result
    }),
  unlock: ({ forgiveCodesOf: userId, counters: changed }, audit, on) =>
    writeOn(engine, on, [...changed.keys()].map(aloneOn.counter), async (execute) => {
      if (userId !== undefined) await execute.run(forgetFailures, { userId })
      for (const [key, counter] of changed) await write(execute, key, counter)
      await writeAudit(execute, audit)
      return 'unlocked' as const
    }),
  collectGarbage: (latest, signal) => forget(engine, removeEnded, latest, signal),
})

const readAll = async (execute: Executor, keys: readonly string[]): Promise<readonly (Counter | undefined)[]> => {
  if (keys.length === 0) return []
  const rows = await execute.all(findCounters(keys.length), keysByPlace(keys))
  if (rows.length === 0) return none(keys.length)
  const found = new Map(rows.map(({ key, ...counter }) => [key, counter]))
  return keys.map((key) => found.get(key))
}

const write = async (execute: Executor, key: string, counter: Counter | null | undefined): Promise<void> => {
  if (counter === undefined) return
  if (counter === null) await execute.run(removeOne, { key })
  else await execute.run(put, { ...counter, key })
}

const empty: (readonly undefined[])[] = []

/** The same list each time. */
const none = (size: number): readonly undefined[] => {
  empty[size] ??= Array.from({ length: size }, () => undefined)
  return empty[size]
}

const keysByPlace = (keys: readonly string[]): Record<string, string> => {
  const named: Record<string, string> = {}
  for (let place = 0; place < keys.length; place++) named[keyAt(place)] = keys[place] as string
  return named
}

const keyAt = (place: number): string => `key${place}`

/** Callers ask for two to seven. */
const findCounters = byShape((size: number) => {
  const keys = Object.fromEntries(Array.from({ length: size }, (_, place) => [keyAt(place), text]))
  return remembered(
    select(counters, keys, (rows, slots) => rows.where('key', 'in', Object.values(slots))),
    { counters: (asked) => Object.values(asked) },
  )
})

const put = changing(
  ({ key }) => [key],
  unanswered(
    insert(counters, (into, values) =>
      into
        .values(values)
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet(
              excluded('failures', 'strikes', 'window_started_at', 'blocked_until', 'succeeded_at', 'ends_at'),
            ),
        ),
    ),
  ),
)

const removeOne = changing(
  ({ key }) => [key],
  unanswered(remove('counters', { key: text }, (rows, { key }) => rows.where('key', '=', key))),
)

const removeEnded = remove('counters', batch, (rows, { before, limit }) =>
  rows.where('key', 'in', (eb) => eb.selectFrom('counters').select('key').where('ends_at', '<', before).limit(limit)),
)
