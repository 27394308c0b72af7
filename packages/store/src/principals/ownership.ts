import type { AuditEvent } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { writeWide } from '../revocations/write.ts'
import { text } from '../schema/kind.ts'
import { statement, update } from '../schema/statement.ts'

/**
 * Two updates in one transaction (I7): every commit has one owner, and no other connection sees the state in between. The owner is
 * demoted first, since the schema never allows a second one.
 */
export const transferOwnership = async (
  execute: Executor,
  from: string,
  to: string,
  audit: AuditEvent,
): Promise<'transferred' | 'conflict'> => {
  if (from === to || (await execute.first(findSuccessor, { to })) === undefined) return 'conflict'
  if ((await execute.run(demote, { from })) === 0) return 'conflict'
  if ((await execute.run(promote, { to })) === 0) throw new StoreError('conflict', new Error('the successor is gone'))
  // Both have tokens that state the earlier role.
  for (const id of [from, to]) await writeWide(execute, 'subject', id, audit.at)
  await writeAudit(execute, audit)
  return 'transferred'
}

const findSuccessor = statement({ to: text }, (db, slots) =>
  db.selectFrom('users').select('id').where('id', '=', slots.to).where('disabled_at', 'is', null),
)

const demote = update('users', { from: text }, (rows, slots) =>
  rows.set({ role: 'manager' }).where('id', '=', slots.from).where('role', '=', sql.lit('owner')),
)

const promote = update('users', { to: text }, (rows, slots) =>
  rows.set({ role: 'owner' }).where('id', '=', slots.to).where('disabled_at', 'is', null),
)
