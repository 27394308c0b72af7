import { type AuditExport, type AuditRetention, auditBeginning } from '@countersign/core'
import { sql } from 'kysely'
import type { Engine, Executor } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { integer } from '../schema/kind.ts'
import { row, selecting } from '../schema/row.ts'
import { insert, number, remove, select, statement } from '../schema/statement.ts'
import { auditExports } from '../schema/tables.ts'
import { batch, forget } from '../sequences/forget.ts'
import { raise } from '../sequences/numbers.ts'
import { writeAudit } from './audit.ts'

export const lastExport = async (read: Executor): Promise<AuditExport> =>
  (await read.first(findLastExport, {})) ?? { through: 0, hash: auditBeginning }

export const recordExport = async (
  execute: Executor,
  since: AuditExport,
  to: AuditExport,
  audit: Parameters<typeof writeAudit>[1],
): Promise<'recorded' | 'conflict'> => {
  const last = await lastExport(execute)
  if (last.through !== since.through || last.hash !== since.hash) return 'conflict'
  await execute.run(insertExport, to)
  await writeAudit(execute, audit)
  return 'recorded'
}

export const countOverdue = async (read: Executor, before: number): Promise<number> =>
  (await read.first(overdue, { before }))?.count ?? 0

/** Records what may be removed in its own commit, before anything is removed: the schema refuses the removal otherwise. */
export const collectGarbage = async (engine: Engine, retention: AuditRetention): Promise<number> => {
  const { before, rotationsBefore, drop } = retention
  if (drop) await allowDrop(engine, before, drop)
  const removed = await forget(engine, forgetEntries, before)
  await engine.write([], async (execute) => {
    const last = (await execute.first(lastOldRotation, { before: rotationsBefore })) ?? 0
    if (last > 0) await execute.run(raise, { name: 'rotations_dropped', value: last })
  })
  return removed + (await forget(engine, forgetRotations, rotationsBefore))
}

const allowDrop = (engine: Engine, before: number, drop: AuditRetention['drop'] & object): Promise<void> =>
  engine.write([aloneOn.retention], async (execute) => {
    const dropped = await execute.first(overdue, { before })
    if (dropped === undefined || dropped.count === 0) return
    await execute.run(raise, { name: 'audit_dropped', value: dropped.through })
    await writeAudit(execute, drop(dropped))
  })

const findLastExport = select(auditExports, {}, (rows) => rows.orderBy('through', 'desc').limit(1))

const insertExport = insert(auditExports)

const removable = sql<number>`(select max(bound) from
  (select max(through) as bound from audit_exports union all select value from marks where name = 'audit_dropped') as bounds)`
const newest = (trail: 'audit' | 'rotations') => sql<number>`(select max(sequence) from ${sql.table(trail)})`

/** The newest entry stays, so that its place is not used again. */
const entries = row({ count: integer, through: integer })
const overdue = statement(
  { before: integer },
  (db, { before }) =>
    db
      .selectFrom('audit')
      .select(({ fn }) => selecting(entries, { count: fn.countAll(), through: fn.max('sequence') }))
      .where('at', '<', before)
      .where('sequence', '>', removable)
      .where('sequence', '<', newest('audit')),
  entries.decode,
)

const forgetEntries = remove('audit', batch, (rows, slots) =>
  rows.where('sequence', 'in', (eb) =>
    eb
      .selectFrom('audit')
      .select('sequence')
      .where('at', '<', slots.before)
      .where('sequence', '<=', removable)
      .where('sequence', '<', newest('audit'))
      .limit(slots.limit),
  ),
)

const lastOldRotation = statement(
  { before: integer },
  (db, { before }) =>
    db
      .selectFrom('rotations')
      .select((eb) => eb.fn.max('sequence').as('last'))
      .where('at', '<', before)
      .where('sequence', '<', newest('rotations')),
  number,
)

const forgetRotations = remove('rotations', batch, (rows, slots) =>
  rows.where('sequence', 'in', (eb) =>
    eb
      .selectFrom('rotations')
      .select('sequence')
      .where('at', '<', slots.before)
      .where('sequence', '<', newest('rotations'))
      .limit(slots.limit),
  ),
)
