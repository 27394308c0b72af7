import { type AuditEvent, type Tally, tallySeconds } from '@countersign/core'
import type { Engine, Executor } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { integer, text } from '../schema/kind.ts'
import type { Values } from '../schema/row.ts'
import { alone, countRows, insert, remove, select, update } from '../schema/statement.ts'
import { auditTallies } from '../schema/tables.ts'
import { batchSize, rest } from '../sequences/forget.ts'
import { writeRow } from './row.ts'

/**
 * The first event of a kind is a row, and starts a tally. Later ones are counted until the tally ends. Then one row records
 * their number, and the next tally starts. A tally that counted nothing is removed. So no kind has more than one row in
 * `tallySeconds`.
 */
export const count = async (execute: Executor, event: AuditEvent, tally: Tally): Promise<void> => {
  if ((await execute.run(addOne, { key: tally.key })) === 1) return
  const isShared =
    event.subject === undefined && tally.most !== undefined && (await hasMost(execute, event, tally.most))
  if (!isShared) return begin(execute, event, tally.key)
  const { address: _, requestId: __, ...anonymous } = event
  const key = `all ${event.action}`
  if ((await execute.run(addOne, { key })) === 0) await begin(execute, anonymous, key)
}

const hasMost = async (execute: Executor, { action }: AuditEvent, most: number): Promise<boolean> =>
  ((await execute.first(countWithoutSubject, { action })) ?? 0) >= most

/** Of several units that begin the same tally, one inserts it, and the others count. */
const begin = async (execute: Executor, event: AuditEvent, key: string): Promise<void> => {
  const begun = await execute.run(insertTally, { ...event, key, count: 0, since: event.at })
  if (begun === 0) await execute.run(addOne, { key })
  else await writeRow(execute, event)
}

/** Ends tallies batch after batch, each in its own commit. A clock that was set back makes a tally longer, never shorter. */
export const settle = async (engine: Engine, latest: number, signal?: AbortSignal): Promise<number> => {
  let written = 0
  for (;;) {
    const began = engine.pause.elapsedMilliseconds()
    const ended = { before: latest - tallySeconds + 1, limit: batchSize }
    const { found, told } = await engine.write([], async (execute) => {
      const tallies = await execute.all(findEnded, ended)
      let told = 0
      for (const tally of tallies) {
        // An event that was counted since the read stays for the next round.

        if (tally.count === 0) await execute.run(removeEmpty, tally)
        else if ((await execute.run(beginAnew, { ...tally, since: latest })) === 1) {
          await writeRow(execute, eventOf(tally, latest))
          told++
        }
      }
      return { found: tallies.length, told }
    })
    written += told
    if (found < batchSize || signal?.aborted) return written
    await rest(engine.pause, began)
  }
}

/** What the events of a tally have in common. */
const eventOf = (
  { action, actor, subject, address, count, since }: Values<typeof auditTallies.definition>,
  at: number,
): AuditEvent => ({ at, action, actor, subject, address, detail: { count, since } })

const addOne = update('audit_tallies', { key: text }, (rows, { key }) =>
  rows.set((eb) => ({ count: eb('count', '+', 1) })).where('key', '=', key),
)

const insertTally = insert(auditTallies, (into, values) =>
  into.values(values).onConflict((conflict) => conflict.column('key').doNothing()),
)

const countWithoutSubject = alone(
  aloneOn.tallies,
  countRows('audit_tallies', { action: auditTallies.definition.action }, (rows, { action }) =>
    rows.where('subject_id', 'is', null).where('action', '=', action),
  ),
)

const findEnded = select(auditTallies, { before: integer, limit: integer }, (rows, { before, limit }) =>
  rows.where('since', '<', before).orderBy('since').limit(limit),
)

const beginAnew = update(
  'audit_tallies',
  { key: text, count: integer, since: integer },
  (rows, { key, count, since }) => rows.set({ count: 0, since }).where('key', '=', key).where('count', '=', count),
)

const removeEmpty = remove('audit_tallies', { key: text }, (rows, { key }) =>
  rows.where('key', '=', key).where('count', '=', 0),
)
