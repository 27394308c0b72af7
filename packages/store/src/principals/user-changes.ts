import type { AuditEvent, Factor, Role, UserChange, Users } from '@countersign/core'
import { sql } from 'kysely'
import { toJson } from '../column.ts'
import type { Executor } from '../engine/engine.ts'
import { statement } from '../engine/statement.ts'
import { clearSlot } from '../factors/enrolments.ts'
import { removeAll as removeRecoveryCodes } from '../factors/recovery-codes.ts'
import { writeAudit } from '../operation/audit.ts'
import type { UsersTable } from '../schema.ts'
import { endOtherSessions, raiseEpoch } from './password.ts'

/*
 * What an administrator changes about a person: each is one update of one row, and tokens feel it at their next check,
 * since the row is read with every one of them.
 */

export const changeRole = async (
  execute: Executor,
  id: string,
  role: Exclude<Role, 'owner'>,
  audit: AuditEvent,
): Promise<UserChange> => settle(execute, await execute.run(setRole, { id, role }), id, audit)

export const changeRequiredFactors = async (
  execute: Executor,
  id: string,
  factors: readonly Factor[],
  audit: AuditEvent,
): Promise<UserChange> =>
  settle(execute, await execute.run(setRequiredFactors, { id, required_factors: toJson(factors) }), id, audit)

type FactorChoice = Parameters<Users['chooseRequiredFactors']>[0]

export const chooseRequiredFactors = async (
  execute: Executor,
  { userId, from, to, keep }: FactorChoice,
  audit: AuditEvent,
): Promise<'changed' | 'unchanged'> => {
  const changes = await execute.run(replaceRequiredFactors, { id: userId, from: toJson(from), to: toJson(to) })
  if (changes === 0) return 'unchanged'
  await execute.run(clearSlot, { userId, slot: 'pending' })
  if (to.some((factor) => !from.includes(factor))) await execute.run(removeRecoveryCodes, { userId })
  await endOtherSessions(execute, userId, keep)
  await writeAudit(execute, audit)
  return 'changed'
}

/** One who is disabled already keeps the time of it. */
export const disable = async (execute: Executor, id: string, at: number, audit: AuditEvent): Promise<UserChange> =>
  settle(execute, await execute.run(disableAndRevoke, { id, at }), id, audit)

export const enable = async (execute: Executor, id: string, audit: AuditEvent): Promise<UserChange> =>
  settle(execute, await execute.run(setEnabled, { id }), id, audit)

/** N-126: one row is written, however many tokens die of it. */
export const revokeAll = async (
  execute: Executor,
  id: string,
  { personal }: { readonly personal: boolean },
  audit: AuditEvent,
): Promise<'revoked' | 'unknown'> => {
  const changes = await (personal ? execute.run(raiseBothEpochs, { id }) : execute.run(raiseEpoch, { userId: id }))
  if (changes === 0) return 'unknown'
  await writeAudit(execute, audit)
  return 'revoked'
}

export const resetPassword = async (
  execute: Executor,
  id: string,
  hash: string,
  audit: AuditEvent,
): Promise<'changed' | 'unknown'> => {
  if ((await execute.run(overwriteHash, { id, hash })) === 0) return 'unknown'
  await writeAudit(execute, audit)
  return 'changed'
}

/** Audits what was changed; where nothing was, tells an owner, whom the statement left out, from nobody. */
export const settle = async (
  execute: Executor,
  changes: number,
  id: string,
  audit: AuditEvent,
): Promise<UserChange> => {
  if (changes === 0) return (await execute.first(exists, { id })) === undefined ? 'unknown' : 'protected'
  await writeAudit(execute, audit)
  return 'changed'
}

const exists = statement<{ id: string }>()((db, slots) =>
  db.selectFrom('users').select('id').where('id', '=', slots.id),
)

const setRole = statement<Pick<UsersTable, 'id' | 'role'>>()((db, slots) =>
  db.updateTable('users').set({ role: slots.role }).where('id', '=', slots.id).where('role', '<>', sql.lit('owner')),
)

const setRequiredFactors = statement<Pick<UsersTable, 'id' | 'required_factors'>>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({ required_factors: slots.required_factors, version: eb('version', '+', 1) }))
    .where('id', '=', slots.id),
)

const replaceRequiredFactors = statement<{ id: string; from: string; to: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({ required_factors: slots.to, version: eb('version', '+', 1) }))
    .where('id', '=', slots.id)
    .where('required_factors', '=', slots.from),
)

/** Personal tokens may be of either epoch up to the sessions' one: the next is above them all. */
const disableAndRevoke = statement<{ id: string; at: number }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({
      disabled_at: eb.fn.coalesce('disabled_at', eb.val(slots.at)),
      sessions_epoch: eb('sessions_epoch', '+', 1),
      personal_epoch: eb('sessions_epoch', '+', 1),
      version: eb('version', '+', 1),
    }))
    .where('id', '=', slots.id)
    .where('role', '<>', sql.lit('owner')),
)

const setEnabled = statement<{ id: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({ disabled_at: null, version: eb('version', '+', 1) }))
    .where('id', '=', slots.id),
)

const raiseBothEpochs = statement<{ id: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({
      sessions_epoch: eb('sessions_epoch', '+', 1),
      personal_epoch: eb('sessions_epoch', '+', 1),
      version: eb('version', '+', 1),
    }))
    .where('id', '=', slots.id),
)

const overwriteHash = statement<{ id: string; hash: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({
      password_hash: slots.hash,
      sessions_epoch: eb('sessions_epoch', '+', 1),
      version: eb('version', '+', 1),
    }))
    .where('id', '=', slots.id),
)
