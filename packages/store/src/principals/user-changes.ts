import type { AuditEvent, CredentialReset, UserChange, UserChanges, Users } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { removeAll as removeRecoveryCodes } from '../factors/recovery-codes.ts'
import { clearSlot, putSecret } from '../factors/slots.ts'
import { writeWide } from '../revocations/write.ts'
import { integer } from '../schema/kind.ts'
import { part } from '../schema/row.ts'
import { select, update } from '../schema/statement.ts'
import { users } from '../schema/tables.ts'
import { endEverything, endOtherSessions, endSessions } from '../validity/epochs.ts'
import { setPassword, storedPassword } from './password.ts'

/* Changes to a user. They take effect at the next check of a token, since each check reads the user's row. */

/** All members in one commit. The owner cannot be disabled or given another role. */
export const change = async (
  execute: Executor,
  id: string,
  { role, disabled, requiredFactors, at }: UserChanges,
  audit: readonly AuditEvent[],
): Promise<UserChange> => {
  const found = await execute.first(findProtection, { id })
  if (found === undefined) return 'unknown'
  if (found.role === 'owner' && (role !== undefined || disabled === true)) return 'protected'
  if (role !== undefined && (await execute.run(setRole, { id, role })) > 0) await writeWide(execute, 'subject', id, at)
  if (disabled === true) {
    await disableAndRevoke(execute, id, at)
    await execute.run(clearSlot, { userId: id, slot: 'pending' })
  }
  if (disabled === false) await execute.run(setEnabled, { id })
  if (requiredFactors !== undefined) {
    await execute.run(setRequiredFactors, { id, to: requiredFactors })
    await voidSetUps(execute, id)
    await endSessions(execute, id, at)
  }
  for (const event of audit) await writeAudit(execute, event)
  return 'changed'
}

type FactorChoice = Parameters<Users['chooseRequiredFactors']>[0]

export const chooseRequiredFactors = async (
  execute: Executor,
  { userId, to, keep }: FactorChoice,
  audit: AuditEvent,
): Promise<'changed'> => {
  const found = await execute.first(findProtection, { id: userId })
  const from = found === undefined ? [] : found.requiredFactors
  await execute.run(setRequiredFactors, { id: userId, to })
  await execute.run(clearSlot, { userId, slot: 'pending' })
  // The codes may have been made with fewer factors.
  if (to.some((factor) => !from.includes(factor))) await execute.run(removeRecoveryCodes, { userId })
  await endOtherSessions(execute, userId, keep, audit.at)
  await writeAudit(execute, audit)
  return 'changed'
}

/** Sets what is given, and ends every session and every factor that was set up before, in one commit. */
export const reset = async (
  execute: Executor,
  { userId, password, secret, requiredFactors }: CredentialReset,
  audit: AuditEvent,
): Promise<'changed'> => {
  if (password !== undefined) {
    const { mustChangeSince } = password
    await execute.run(setPassword, { id: userId, ...storedPassword(password), mustChangeSince })
  }
  await voidSetUps(execute, userId)
  if (secret === 'none') await execute.run(clearSlot, { userId, slot: 'active' })
  else if (secret !== 'kept') await putSecret(execute, secret)
  await execute.run(setRequiredFactors, { id: userId, to: requiredFactors })
  await endSessions(execute, userId, audit.at)
  await writeAudit(execute, audit)
  return 'changed'
}

/** Writes one row for all tokens, however many there are (N-126). */
export const revokeAll = async (
  execute: Executor,
  id: string,
  { personal }: { readonly personal: boolean },
  audit: AuditEvent,
): Promise<'revoked' | 'unknown'> => {
  const changes = await (personal ? endEverything(execute, id, audit.at) : endSessions(execute, id, audit.at))
  if (changes === 0) return 'unknown'
  if (personal) await voidSetUps(execute, id)
  await writeAudit(execute, audit)
  return 'revoked'
}

/** Voids what an intruder may have set up for coming back: recovery codes and an unconfirmed secret. */
const voidSetUps = async (execute: Executor, userId: string): Promise<void> => {
  await execute.run(removeRecoveryCodes, { userId })
  await execute.run(clearSlot, { userId, slot: 'pending' })
}

/** Audits a change. If no row was changed, distinguishes the owner, whom the statement leaves out, from an unknown user. */
export const auditChange = async (
  execute: Executor,
  changes: number,
  id: string,
  audit: AuditEvent,
): Promise<UserChange> => {
  if (changes === 0) return (await execute.first(findProtection, { id })) === undefined ? 'unknown' : 'protected'
  await writeAudit(execute, audit)
  return 'changed'
}

const { id, role, requiredFactors } = users.definition

const findProtection = select(part(users, 'role', 'requiredFactors'), { id }, (rows, slots) =>
  rows.where('id', '=', slots.id),
)

const setRole = update('users', { id, role }, (rows, slots) =>
  rows
    .set({ role: slots.role })
    .where('id', '=', slots.id)
    .where('role', '<>', sql.lit('owner'))
    .where('role', '<>', slots.role),
)

const setRequiredFactors = update('users', { id, to: requiredFactors }, (rows, slots) =>
  rows.set((eb) => ({ required_factors: slots.to, version: eb('version', '+', 1) })).where('id', '=', slots.id),
)

const disableAndRevoke = async (execute: Executor, id: string, at: number): Promise<void> => {
  if ((await execute.run(disable, { id, at })) > 0) await writeWide(execute, 'subject', id, at)
}

/** Personal tokens have an epoch up to that of the sessions: the next one is above them all. */
const disable = update('users', { id, at: integer }, (rows, slots) =>
  rows
    .set((eb) => ({
      // A user who is disabled already keeps the time.
      disabled_at: eb.fn.coalesce('disabled_at', slots.at),
      sessions_epoch: eb('sessions_epoch', '+', 1),
      personal_epoch: eb('sessions_epoch', '+', 1),
      version: eb('version', '+', 1),
    }))
    .where('id', '=', slots.id)
    .where('role', '<>', sql.lit('owner')),
)

const setEnabled = update('users', { id }, (rows, slots) =>
  rows.set((eb) => ({ disabled_at: null, version: eb('version', '+', 1) })).where('id', '=', slots.id),
)
