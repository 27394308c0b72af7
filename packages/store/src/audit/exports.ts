import { type AuditExport, auditBeginning } from '@countersign/core'
import { sql } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import { insert, number, select, statement } from '../schema/statement.ts'
import { auditExports } from '../schema/tables.ts'
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

/** The place up to which entries were exported, or given up. */
export const removableThrough = async (execute: Executor): Promise<number> =>
  (await execute.first(findRemovable, {})) ?? 0

const findLastExport = select(auditExports, {}, (rows) => rows.orderBy('through', 'desc').limit(1))

const insertExport = insert(auditExports)

const findRemovable = statement(
  {},
  (db) =>
    db.selectNoFrom(
      sql<number>`(select max(bound) from
        (select max(through) as bound from audit_exports union all select value from marks where name = 'audit_dropped') as bounds)`.as(
        'through',
      ),
    ),
  number,
)
