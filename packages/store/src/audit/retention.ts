import { type AuditDrop, type AuditExport, type AuditRetention, auditBeginning } from '@countersign/core'
import { sql } from 'kysely'
import type { Engine, Executor } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { integer } from '../schema/kind.ts'
import { insert, select, statement } from '../schema/statement.ts'
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
  integer.decode((await read.first(overdue, { before }))?.count ?? 0)

/** Records what may be removed in its own commit, before anything is removed: the schema refuses the removal otherwise. */
export const collectGarbage = async (engine: Engine, retention: AuditRetention): Promise<number> => {
  const { before, rotationsBefore, drop } = retention
  if (drop) await allowDrop(engine, before, drop)
  const removed = await forget(engine, forgetEntries, before)
  await engine.write(async (execute) => {
    const last = integer.decode((await execute.first(lastOldRotation, { before: rotationsBefore }))?.last ?? 0)
    if (last > 0) await execute.run(raise, { name: 'rotations_dropped', value: last })
  })
  return removed + (await forget(engine, forgetRotations, rotationsBefore))
}

const allowDrop = (engine: Engine, before: number, drop: AuditRetention['drop'] & object): Promise<void> =>
  engine.write(
    async (execute) => {
      const found = await execute.first(overdue, { before })
      const dropped: AuditDrop = {
        count: integer.decode(found?.count ?? 0),
        through: integer.decode(found?.last ?? 0),
      }
      if (dropped.count === 0) return
      await execute.run(raise, { name: 'audit_dropped', value: dropped.through })
      await writeAudit(execute, drop(dropped))
    },
    [aloneOn.retention],
  )

const findLastExport = select(auditExports, {}, (rows) => rows.orderBy('through', 'desc').limit(1))

const insertExport = insert(auditExports)

const removable = sql<number>`max((select coalesce(max(through), 0) from audit_exports),
  (select value from marks where name = 'audit_dropped'))`
const newest = (trail: 'audit' | 'rotations') => sql<number>`(select max(sequence) from ${sql.table(trail)})`

/** The newest entry stays, so that its place is not used again. */
const overdue = statement({ before: integer }, (db, slots) =>
  db
    .selectFrom('audit')
    .select((eb) => [eb.fn.countAll().as('count'), eb.fn.max('sequence').as('last')])
    .where('at', '<', slots.before)
    .where('sequence', '>', removable)
    .where('sequence', '<', newest('audit')),
)

const forgetEntries = statement(batch, (db, slots) =>
  db
    .deleteFrom('audit')
    .where('sequence', 'in', (eb) =>
      eb
        .selectFrom('audit')
        .select('sequence')
        .where('at', '<', slots.before)
        .where('sequence', '<=', removable)
        .where('sequence', '<', newest('audit'))
        .limit(slots.limit),
    ),
)

const lastOldRotation = statement({ before: integer }, (db, slots) =>
  db
    .selectFrom('rotations')
    .select((eb) => eb.fn.max('sequence').as('last'))
    .where('at', '<', slots.before)
    .where('sequence', '<', newest('rotations')),
)

const forgetRotations = statement(batch, (db, slots) =>
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
