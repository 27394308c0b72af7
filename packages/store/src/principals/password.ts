import type { AuditEvent, NewPassword, Users } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { clearSlot } from '../factors/slots.ts'
import { statement } from '../schema/statement.ts'
import { endOtherSessions } from '../validity/epochs.ts'

type PasswordChange = Parameters<Users['changePassword']>[0]

/** A new hash, and the end of every other session and of a pending secret, in one commit. */
export const changePassword = async (
  execute: Executor,
  { userId, password, keep }: PasswordChange,
  audit: AuditEvent,
): Promise<'changed'> => {
  await execute.run(setPassword, { ...passwordColumns(password), userId, mustChangeSince: null })
  await execute.run(clearSlot, { userId, slot: 'pending' })
  await endOtherSessions(execute, userId, keep)
  await writeAudit(execute, audit)
  return 'changed'
}

export const passwordColumns = ({ hash, standsAlone }: NewPassword) => ({
  hash,
  standsAlone: standsAlone ? (1 as const) : (0 as const),
})

interface StoredPassword {
  readonly userId: string
  readonly hash: string
  readonly standsAlone: 0 | 1
  readonly mustChangeSince: number | null
}

export const setPassword = statement<StoredPassword>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({
      password_hash: slots.hash,
      password_stands_alone: slots.standsAlone,
      must_change_since: slots.mustChangeSince,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', slots.userId),
)

/** The same password under stronger parameters: nobody's session ends, and no proof becomes stale. */
export const refinePassword = statement<{ userId: string; from: string; hash: string; standsAlone: 0 | 1 }>()(
  (db, slots) =>
    db
      .updateTable('users')
      .set({ password_hash: slots.hash, password_stands_alone: slots.standsAlone })
      .where('id', '=', slots.userId)
      .where('password_hash', '=', slots.from),
)
