import type { AuditEvent, NewPassword, Users } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { clearSlot } from '../factors/slots.ts'
import { update } from '../schema/statement.ts'
import { users } from '../schema/tables.ts'
import { endOtherSessions } from '../validity/epochs.ts'

type PasswordChange = Parameters<Users['changePassword']>[0]

/** Stores a new hash, and ends every other session and a pending secret, in one commit. */
export const changePassword = async (
  execute: Executor,
  { userId, password, keep }: PasswordChange,
  audit: AuditEvent,
): Promise<'changed'> => {
  await execute.run(setPassword, { id: userId, ...storedPassword(password) })
  await execute.run(clearSlot, { userId, slot: 'pending' })
  await endOtherSessions(execute, userId, keep, audit.at)
  await writeAudit(execute, audit)
  return 'changed'
}

export const storedPassword = ({ hash, standsAlone }: NewPassword) => ({
  passwordHash: hash,
  passwordStandsAlone: standsAlone,
})

const { id, passwordHash, passwordStandsAlone, mustChangeSince } = users.definition

export const setPassword = update('users', { id, passwordHash, passwordStandsAlone, mustChangeSince }, (rows, slots) =>
  rows
    .set((eb) => ({
      password_hash: slots.passwordHash,
      password_stands_alone: slots.passwordStandsAlone,
      must_change_since: slots.mustChangeSince,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', slots.id),
)

/** The same password under stronger parameters: no session ends, and the version stays. */
export const refinePassword = update(
  'users',
  { id, from: passwordHash, passwordHash, passwordStandsAlone },
  (rows, slots) =>
    rows
      .set({ password_hash: slots.passwordHash, password_stands_alone: slots.passwordStandsAlone })
      .where('id', '=', slots.id)
      .where('password_hash', '=', slots.from),
)
