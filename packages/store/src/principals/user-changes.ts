import type { AuditEvent, CredentialReset, Factor, Role, UserChange, UserChanges, Users } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { removeAll as removeRecoveryCodes } from '../factors/recovery-codes.ts'
import { clearSlot, putSecret } from '../factors/slots.ts'
import { fromJson, toJson } from '../schema/column.ts'
import { statement } from '../schema/statement.ts'
import { endOtherSessions, raiseBothEpochs, raiseEpoch } from '../validity/epochs.ts'
import { passwordColumns, setPassword } from './password.ts'

/*
 * What is changed about a person. Tokens feel each change at their next check, since the person's row is read with every one
 * of them.
 */

/** All members in one commit. The owner's role and enabling are protected, whatever else was asked for. */
export const change = async (
  execute: Executor,
  id: string,
  { role, disabled, requiredFactors, at }: UserChanges,
  audit: readonly AuditEvent[],
): Promise<UserChange> => {
  const found = await execute.first(findProtection, { id })
  if (found === undefined) return 'unknown'
  if (found.role === 'owner' && (role !== undefined || disabled === true)) return 'protected'
  if (role !== undefined) await execute.run(setRole, { id, role })
  if (disabled === true) {
    await execute.run(disableAndRevoke, { id, at })
    await execute.run(clearSlot, { userId: id, slot: 'pending' })
  }
  if (disabled === false) await execute.run(setEnabled, { id })
  if (requiredFactors !== undefined) {
    await execute.run(setRequiredFactors, { id, to: toJson(requiredFactors) })
    await voidSetUps(execute, id)
    await execute.run(raiseEpoch, { userId: id })
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
  const from = found === undefined ? [] : fromJson<readonly Factor[]>(found.required_factors)
  await execute.run(setRequiredFactors, { id: userId, to: toJson(to) })
  await execute.run(clearSlot, { userId, slot: 'pending' })
  // They may have been made with less.
  if (to.some((factor) => !from.includes(factor))) await execute.run(removeRecoveryCodes, { userId })
  await endOtherSessions(execute, userId, keep)
  await writeAudit(execute, audit)
  return 'changed'
}

/** One commit for whatever is set anew, and the end of every way in that was set up before. */
export const reset = async (
  execute: Executor,
  { userId, password, secret, requiredFactors }: CredentialReset,
  audit: AuditEvent,
): Promise<'changed'> => {
  if (password !== undefined) {
    const { mustChangeSince = null } = password
    await execute.run(setPassword, { ...passwordColumns(password), userId, mustChangeSince })
  }
  await voidSetUps(execute, userId)
  if (secret === 'none') await execute.run(clearSlot, { userId, slot: 'active' })
  else if (secret !== 'kept') await putSecret(execute, secret)
  await execute.run(setRequiredFactors, { id: userId, to: toJson(requiredFactors) })
  await execute.run(raiseEpoch, { userId })
  await writeAudit(execute, audit)
  return 'changed'
}

/** N-126: one row is written for all tokens, however many there are. */
export const revokeAll = async (
  execute: Executor,
  id: string,
  { personal }: { readonly personal: boolean },
  audit: AuditEvent,
): Promise<'revoked' | 'unknown'> => {
  const changes = await (personal ? execute.run(raiseBothEpochs, { id }) : execute.run(raiseEpoch, { userId: id }))
  if (changes === 0) return 'unknown'
  if (personal) await voidSetUps(execute, id)
  await writeAudit(execute, audit)
  return 'revoked'
}

/** What whoever was in may have prepared for coming back: recovery codes, and a secret that no code has confirmed yet. */
const voidSetUps = async (execute: Executor, userId: string): Promise<void> => {
  await execute.run(removeRecoveryCodes, { userId })
  await execute.run(clearSlot, { userId, slot: 'pending' })
}

/** Audits what was changed; where nothing was, tells an owner, whom the statement left out, from nobody. */
export const settle = async (
  execute: Executor,
  changes: number,
  id: string,
  audit: AuditEvent,
): Promise<UserChange> => {
  if (changes === 0) return (await execute.first(findProtection, { id })) === undefined ? 'unknown' : 'protected'
  await writeAudit(execute, audit)
  return 'changed'
}

const findProtection = statement<{ id: string }>()((db, slots) =>
  db.selectFrom('users').select(['role', 'required_factors']).where('id', '=', slots.id),
)

const setRole = statement<{ id: string; role: Exclude<Role, 'owner'> }>()((db, slots) =>
  db.updateTable('users').set({ role: slots.role }).where('id', '=', slots.id).where('role', '<>', sql.lit('owner')),
)

const setRequiredFactors = statement<{ id: string; to: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({ required_factors: slots.to, version: eb('version', '+', 1) }))
    .where('id', '=', slots.id),
)

/** Personal tokens may be of either epoch up to the sessions' one: the next is above them all. */
const disableAndRevoke = statement<{ id: string; at: number }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({
      // One who is disabled already keeps the time of it.
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
