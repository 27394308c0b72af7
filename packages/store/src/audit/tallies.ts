import { type AuditEvent, type Tally, tallySeconds } from '@countersign/core'
import type { Engine, Executor } from '../engine/engine.ts'
import { integer, orNull } from '../schema/column.ts'
import type { AuditTalliesTable } from '../schema/schema.ts'
import { rowOf, statement } from '../schema/statement.ts'
import { subjectAs, writeRow } from './row.ts'

/**
 * The first event of a kind is a row, and begins its tally. The others are counted until the tally is settled: a row tells their
 * number then, and the next tally begins with it. One in whose time nothing was counted is forgotten. So no kind has more than one
 * row in `tallySeconds`.
 */
export const count = async (execute: Executor, event: AuditEvent, tally: Tally): Promise<void> => {
  if ((await execute.run(addOne, { key: tally.key })) === 1) return
  const isFull =
    event.subject === undefined && tally.most !== undefined && (await isCrowded(execute, event, tally.most))
  if (!isFull) return begin(execute, event, tally.key)
  const { address: _, requestId: __, ...ofAnybody } = event
  const key = `all ${event.action}`
  if ((await execute.run(addOne, { key })) === 0) await begin(execute, ofAnybody, key)
}

const isCrowded = async (execute: Executor, { action }: AuditEvent, most: number): Promise<boolean> =>
  integer((await execute.first(countOfNobody, { action }))?.count ?? 0) >= most

const begin = async (execute: Executor, event: AuditEvent, key: string): Promise<void> => {
  await writeRow(execute, event)
  await execute.run(insert, {
    key,
    action: event.action,
    actor_kind: orNull(event.actor?.kind),
    actor_id: orNull(event.actor?.id),
    subject_kind: orNull(event.subject?.kind),
    subject_id: orNull(event.subject?.id),
    address: orNull(event.address),
    count: 0,
    since: event.at,
  })
}

/** Tallies per unit, so that nobody waits long behind it. */
const batchSize = 200

/** Batch after batch, each in a commit of its own. A clock that was set back makes a tally longer, and none shorter. */
export const settle = async (engine: Engine, latest: number): Promise<number> => {
  let written = 0
  for (;;) {
    const ended = { before: latest - tallySeconds + 1, limit: batchSize }
    const { found, told } = await engine.write(async (execute) => {
      const tallies = await execute.all(findEnded, ended)
      const counted = tallies.filter((tally) => integer(tally.count) > 0)
      for (const { key } of tallies.filter((tally) => !counted.includes(tally))) await execute.run(remove, { key })
      for (const tally of counted) {
        await writeRow(execute, eventOf(tally, latest))
        await execute.run(beginAnew, { key: tally.key, since: latest })
      }
      return { found: tallies.length, told: counted.length }
    })
    written += told
    if (found < batchSize) return written
  }
}

/** What alike events have in common. */
const eventOf = (row: AuditTalliesTable, at: number): AuditEvent => ({
  at,
  action: row.action,
  ...subjectAs('actor', row.actor_kind, row.actor_id),
  ...subjectAs('subject', row.subject_kind, row.subject_id),
  address: row.address ?? undefined,
  detail: { count: integer(row.count), since: integer(row.since) },
})

const addOne = statement<{ key: string }>()((db, slots) =>
  db
    .updateTable('audit_tallies')
    .set((eb) => ({ count: eb('count', '+', 1) }))
    .where('key', '=', slots.key),
)

const insert = statement<AuditTalliesTable>()((db, slots) =>
  db
    .insertInto('audit_tallies')
    .values(
      rowOf(slots, [
        ...(['key', 'action', 'actor_kind', 'actor_id', 'subject_kind', 'subject_id'] as const),
        ...(['address', 'count', 'since'] as const),
      ]),
    ),
)

const countOfNobody = statement<Pick<AuditTalliesTable, 'action'>>()((db, slots) =>
  db
    .selectFrom('audit_tallies')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('subject_id', 'is', null)
    .where('action', '=', slots.action),
)

const findEnded = statement<{ before: number; limit: number }>()((db, slots) =>
  db.selectFrom('audit_tallies').selectAll().where('since', '<', slots.before).orderBy('since').limit(slots.limit),
)

const beginAnew = statement<{ key: string; since: number }>()((db, slots) =>
  db.updateTable('audit_tallies').set({ count: 0, since: slots.since }).where('key', '=', slots.key),
)

const remove = statement<{ key: string }>()((db, slots) => db.deleteFrom('audit_tallies').where('key', '=', slots.key))
