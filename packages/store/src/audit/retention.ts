import { type AuditDrop, type AuditExport, type AuditRetention, auditBeginning } from '@countersign/core'
import { sql } from 'kysely'
import type { Engine, Executor } from '../engine/engine.ts'
import { type Batch, forget } from '../engine/forget.ts'
import { integer } from '../schema/column.ts'
import type { AuditExportsTable } from '../schema/schema.ts'
import { statement } from '../schema/statement.ts'
import { raise } from '../sequences/numbers.ts'
import { writeAudit } from './audit.ts'

export const lastExport = async (read: Executor): Promise<AuditExport> => {
  const last = await read.first(findLastExport, {})
  return last ? { through: integer(last.through), hash: last.hash } : { through: 0, hash: auditBeginning }
}

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
  integer((await read.first(overdue, { before }))?.count ?? 0)

/** What may go is said in a commit of its own, before anything goes: the schema refuses it otherwise. */
export const collectGarbage = async (engine: Engine, retention: AuditRetention): Promise<number> => {
  const { before, rotationsBefore, drop } = retention
  if (drop) await letGo(engine, before, drop)
  const removed = await forget(engine, forgetEntries, before)
  await engine.write(async (execute) => {
    const last = integer((await execute.first(lastOldRotation, { before: rotationsBefore }))?.last ?? 0)
    if (last > 0) await execute.run(raise, { name: 'rotations_dropped', value: last })
  })
  return removed + (await forget(engine, forgetRotations, rotationsBefore))
}

const letGo = (engine: Engine, before: number, drop: AuditRetention['drop'] & object): Promise<void> =>
  engine.write(async (execute) => {
    const found = await execute.first(overdue, { before })
    const dropped: AuditDrop = { count: integer(found?.count ?? 0), through: integer(found?.last ?? 0) }
    if (dropped.count === 0) return
    await execute.run(raise, { name: 'audit_dropped', value: dropped.through })
    await writeAudit(execute, drop(dropped))
  })

const findLastExport = statement<Record<never, never>>()((db) =>
  db.selectFrom('audit_exports').selectAll().orderBy('through', 'desc').limit(1),
)

const insertExport = statement<AuditExportsTable>()((db, slots) =>
  db.insertInto('audit_exports').values({ through: slots.through, hash: slots.hash }),
)

const mayGo = sql<number>`max((select coalesce(max(through), 0) from audit_exports),
  (select value from marks where name = 'audit_dropped'))`
const newest = (trail: 'audit' | 'rotations') => sql<number>`(select max(sequence) from ${sql.table(trail)})`

/** The newest entry stays, so that its place is not given again. */
const overdue = statement<{ before: number }>()((db, slots) =>
  db
    .selectFrom('audit')
    .select((eb) => [eb.fn.countAll().as('count'), eb.fn.max('sequence').as('last')])
    .where('at', '<', slots.before)
    .where('sequence', '>', mayGo)
    .where('sequence', '<', newest('audit')),
)

const forgetEntries = statement<Batch>()((db, slots) =>
  db
    .deleteFrom('audit')
    .where('sequence', 'in', (eb) =>
      eb
        .selectFrom('audit')
        .select('sequence')
        .where('at', '<', slots.before)
        .where('sequence', '<=', mayGo)
        .where('sequence', '<', newest('audit'))
        .limit(slots.limit),
    ),
)

const lastOldRotation = statement<{ before: number }>()((db, slots) =>
  db
    .selectFrom('rotations')
    .select((eb) => eb.fn.max('sequence').as('last'))
    .where('at', '<', slots.before)
    .where('sequence', '<', newest('rotations')),
)

const forgetRotations = statement<Batch>()((db, slots) =>
  db
    .deleteFrom('rotations')
    .where('sequence', 'in', (eb) =>
      eb
        .selectFrom('rotations')
        .select('sequence')
        .where('at', '<', slots.before)
        .where('sequence', '<', newest('rotations'))
        .limit(slots.limit),
    ),
)
