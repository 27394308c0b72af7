import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AuditEvent, UserChange } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import type { Statement } from '../engine/statement.ts'
import { writeWide } from '../revocations/write.ts'
import { integer, text } from '../schema/kind.ts'
import { remove, update } from '../schema/statement.ts'
import { authorizations } from '../schema/tables.ts'
import { auditChange } from './user-changes.ts'

/*
 * Removes a user or a client. The rows that refer to it (secrets, enrolments, recovery codes, recent files) are removed with it.
 * Its Authorizations are inactive from then on, since their subject or client is missing. They are revoked as well, so that they
 * stay inactive if the id is used again, and so that garbage collection finds them 30 days later. One entry of the revocation feed
 * stands for all of them.
 */

export const removeUser = async (execute: Executor, id: string, audit: AuditEvent): Promise<UserChange> => {
  const changes = await execute.run(deleteUser, { id })
  if (changes > 0) {
    await revokeEach(execute, revokeGranted, { subject: { kind: 'user', id }, at: audit.at, limit: rowsPerTurn })
    await writeWide(execute, 'subject', id, audit.at)
  }
  return auditChange(execute, changes, id, audit)
}

export const removeClient = async (
  execute: Executor,
  id: string,
  audit: AuditEvent,
): Promise<'changed' | 'unknown'> => {
  if ((await execute.run(deleteClient, { id })) === 0) return 'unknown'
  await revokeEach(execute, revokeGranted, { subject: { kind: 'client', id }, at: audit.at, limit: rowsPerTurn })
  await revokeEach(execute, revokeThrough, { id, at: audit.at, limit: rowsPerTurn })
  await writeWide(execute, 'client', id, audit.at)
  await writeAudit(execute, audit)
  return 'changed'
}

/** After so many rows the event loop gets a turn: a client that logs in every minute leaves tens of thousands. */
export const rowsPerTurn = 500

/** One entry of the revocation feed stands for all that it revokes: the caller writes it. */
export const revokeEach = async <P extends { limit: number }>(
  execute: Executor,
  revoke: Statement<P, unknown>,
  which: NoInfer<P>,
): Promise<void> => {
  while ((await execute.run(revoke, which)) === which.limit) await nextTurn()
}

const deleteUser = remove('users', { id: text }, (rows, slots) =>
  rows.where('id', '=', slots.id).where('role', '<>', sql.lit('owner')),
)

const deleteClient = remove('clients', { id: text }, (rows, slots) => rows.where('id', '=', slots.id))

export const revokeGranted = update(
  'authorizations',
  { subject: authorizations.definition.subject, at: integer, limit: integer },
  (rows, slots) =>
    rows
      .set({ revoked_at: slots.at })
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('authorizations as granted')
          .select('granted.id')
          .where('granted.subject_kind', '=', slots.subject.kind)
          .where('granted.subject_id', '=', slots.subject.id)
          .where('granted.revoked_at', 'is', null)
          .limit(slots.limit),
      ),
)

/** What users were granted through a client. */
export const revokeThrough = update('authorizations', { id: text, at: integer, limit: integer }, (rows, slots) =>
  rows
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
