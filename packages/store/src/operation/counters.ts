import type { Counter, Counters } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { type Batch, forget } from '../engine/forget.ts'
import type { Statement } from '../engine/statement.ts'
import { forgetFailures } from '../factors/enrolments.ts'
import { integer, optionalInteger, orNull } from '../schema/column.ts'
import type { CountersTable } from '../schema/schema.ts'
import { remembered, rowOf, statement } from '../schema/statement.ts'
import { writeOn } from '../validity/condition.ts'

/** Failure counters. Each change is a unit of its own: the refusal that follows it cannot take it back (S11). */
export const countersOn = (engine: Engine): Counters => ({
  read: (keys) => readAll(engine.read, keys),
  change: (keys, decide) =>
    engine.write(async (execute) => {
      const { next, result } = decide(await readAll(execute, keys))
      for (const [place, key] of keys.entries()) await write(execute, key, next[place])
      return result
    }),
  unlock: ({ forgiveCodesOf: userId, counters }, audit, on) =>
    writeOn(engine, on, async (execute) => {
      if (userId !== undefined) await execute.run(forgetFailures, { userId })
      for (const [key, counter] of counters) await write(execute, key, counter)
      await writeAudit(execute, audit)
      return 'unlocked' as const
    }),
  collectGarbage: (latest) => forget(engine, removeEnded, latest),
})

const readAll = async (execute: Executor, keys: readonly string[]): Promise<readonly (Counter | undefined)[]> => {
  if (keys.length === 0) return []
  const rows = await execute.all(findCounters(keys.length), keysAsParameters(keys))
  const found = new Map(rows.map((row) => [row.key, counterFrom(row)]))
  return keys.map((key) => found.get(key))
}

const write = async (execute: Executor, key: string, counter: Counter | null | undefined): Promise<void> => {
  if (counter === undefined) return
  if (counter === null) await execute.run(remove, { key })
  else await execute.run(put, rowFrom(key, counter))
}

type Keys = Record<`key${number}`, string>

const keysAsParameters = (keys: readonly string[]): Keys =>
  Object.fromEntries(keys.map((key, place) => [`key${place}`, key]))

/** One statement per number of keys; callers ask for two to seven. */
const findCountersBySize = new Map<number, Statement<Keys, CountersTable>>()

const findCounters = (size: number): Statement<Keys, CountersTable> => {
  const known = findCountersBySize.get(size)
  if (known !== undefined) return known
  const places = Array.from({ length: size }, (_, place) => `key${place}` as const)
  const made = remembered(
    statement<Keys>()((db, slots) =>
      db
        .selectFrom('counters')
        .selectAll()
        .where(
          'key',
          'in',
          places.map((place) => slots[place] as string),
        ),
    ),
  )
  findCountersBySize.set(size, made)
  return made
}

const columns = [
  ...(['key', 'failures', 'strikes', 'window_started_at'] as const),
  ...(['blocked_until', 'succeeded_at', 'ends_at'] as const),
] as const

const put = statement<CountersTable>()((db, slots) =>
  db
    .insertInto('counters')
    .values(rowOf(slots, columns))
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet(({ ref }) => ({
        failures: ref('excluded.failures'),
        strikes: ref('excluded.strikes'),
        window_started_at: ref('excluded.window_started_at'),
        blocked_until: ref('excluded.blocked_until'),
        succeeded_at: ref('excluded.succeeded_at'),
        ends_at: ref('excluded.ends_at'),
      })),
    ),
)

const remove = statement<{ key: string }>()((db, slots) => db.deleteFrom('counters').where('key', '=', slots.key))

const removeEnded = statement<Batch>()((db, slots) =>
  db
    .deleteFrom('counters')
    .where('key', 'in', (eb) =>
      eb.selectFrom('counters').select('key').where('ends_at', '<', slots.before).limit(slots.limit),
    ),
)

const counterFrom = (row: CountersTable): Counter => ({
  failures: integer(row.failures),
  strikes: integer(row.strikes),
  windowStartedAt: integer(row.window_started_at),
  blockedUntil: integer(row.blocked_until),
  succeededAt: optionalInteger(row.succeeded_at),
  endsAt: integer(row.ends_at),
})

const rowFrom = (key: string, counter: Counter): CountersTable => ({
  key,
  failures: counter.failures,
  strikes: counter.strikes,
  window_started_at: counter.windowStartedAt,
  blocked_until: counter.blockedUntil,
  succeeded_at: orNull(counter.succeededAt),
  ends_at: counter.endsAt,
})
