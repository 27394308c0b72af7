import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AuditEvent, Subject, UserChange } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import type { Statement } from '../engine/statement.ts'
import { statement } from '../schema/statement.ts'
import { settle } from './user-changes.ts'

/*
 * The end of a principal. What hangs on its row (secrets, enrolment, recovery codes, recent files) goes with it. What was
 * granted is dead by that alone, since nothing is active without its subject and its client; it is revoked all the
 * same, so that it stays dead whatever may come under that id, and so that garbage collection finds it 30 days later.
 */

export const removeUser = async (execute: Executor, id: string, audit: AuditEvent): Promise<UserChange> => {
  const changes = await execute.run(deleteUser, { id })
  if (changes > 0) await revokeEach(execute, revokeGranted, { kind: 'user', id, at: audit.at, limit: rowsPerTurn })
  return settle(execute, changes, id, audit)
}

export const removeClient = async (
  execute: Executor,
  id: string,
  audit: AuditEvent,
): Promise<'changed' | 'unknown'> => {
  if ((await execute.run(deleteClient, { id })) === 0) return 'unknown'
  await revokeEach(execute, revokeGranted, { kind: 'client', id, at: audit.at, limit: rowsPerTurn })
  await revokeEach(execute, revokeThrough, { id, at: audit.at, limit: rowsPerTurn })
  await writeAudit(execute, audit)
  return 'changed'
}

/** After this many rows the event loop gets a turn: a program that logs in every minute leaves tens of thousands. */
const rowsPerTurn = 500

const revokeEach = async <P extends { limit: number }>(
  execute: Executor,
  revoke: Statement<P, unknown>,
  which: NoInfer<P>,
): Promise<void> => {
  while ((await execute.run(revoke, which)) === which.limit) await nextTurn()
}

const deleteUser = statement<{ id: string }>()((db, slots) =>
  db.deleteFrom('users').where('id', '=', slots.id).where('role', '<>', sql.lit('owner')),
)

const deleteClient = statement<{ id: string }>()((db, slots) => db.deleteFrom('clients').where('id', '=', slots.id))

export const revokeGranted = statement<{ kind: Subject['kind']; id: string; at: number; limit: number }>()(
  (db, slots) =>
    db
      .updateTable('authorizations')
      .set({ revoked_at: slots.at })
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('authorizations as granted')
          .select('granted.id')
          .where('granted.subject_kind', '=', slots.kind)
          .where('granted.subject_id', '=', slots.id)
          .where('granted.revoked_at', 'is', null)
          .limit(slots.limit),
      ),
)

/** What people were granted through it. */
export const revokeThrough = statement<{ id: string; at: number; limit: number }>()((db, slots) =>
  db
    .updateTable('authorizations')
    .set({ revoked_at: slots.at })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('authorizations as granted')
        .select('granted.id')
        .where('granted.client_id', '=', slots.id)
        .where('granted.client_epoch', 'is not', null)
        .where('granted.revoked_at', 'is', null)
        .limit(slots.limit),
    ),
)
