import type { AuditEvent } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { statement } from '../schema/statement.ts'

/**
 * Two updates in one transaction (I7): no commit holds zero owners or two, and no other connection sees what is between.
 * First down, then up, since the schema allows no second owner even for a moment.
 */
export const transferOwnership = async (
  execute: Executor,
  from: string,
  to: string,
  audit: AuditEvent,
): Promise<'transferred' | 'conflict'> => {
  if (from === to || (await execute.first(findHeir, { to })) === undefined) return 'conflict'
  if ((await execute.run(demote, { from })) === 0) return 'conflict'
  if ((await execute.run(promote, { to })) === 0) throw new StoreError('conflict', new Error('the heir is gone'))
  await writeAudit(execute, audit)
  return 'transferred'
}

const findHeir = statement<{ to: string }>()((db, slots) =>
  db.selectFrom('users').select('id').where('id', '=', slots.to).where('disabled_at', 'is', null),
)

const demote = statement<{ from: string }>()((db, slots) =>
  db.updateTable('users').set({ role: 'manager' }).where('id', '=', slots.from).where('role', '=', sql.lit('owner')),
)

const promote = statement<{ to: string }>()((db, slots) =>
  db.updateTable('users').set({ role: 'owner' }).where('id', '=', slots.to).where('disabled_at', 'is', null),
)
