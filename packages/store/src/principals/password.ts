import type { AuditEvent, Users } from '@countersign/core'
import type { Executor } from '../engine/engine.ts'
import { statement } from '../engine/statement.ts'
import { writeAudit } from '../operation/audit.ts'

type PasswordChange = Parameters<Users['changePassword']>[0]

/** A new hash, and the end of every other session, in one commit. */
export const changePassword = async (execute: Executor, change: PasswordChange, audit: AuditEvent) => {
  const { userId, from, to, keep } = change
  if ((await execute.run(replaceHash, { userId, from, to })) === 0) return 'unchanged'
  await endOtherSessions(execute, userId, keep)
  await writeAudit(execute, audit)
  return 'changed'
}

/**
 * `keep` is lifted to the coming epoch before the user's rises: the schema lifts only what is alive at that moment, so what
 * was dead cannot be brought back by naming it (I3).
 */
export const endOtherSessions = async (execute: Executor, userId: string, keep: string | undefined): Promise<void> => {
  if (keep !== undefined) await execute.run(liftSession, { userId, keep })
  await execute.run(raiseEpoch, { userId })
}

/** The same password under stronger parameters: nobody's session ends. */
export const upgradePasswordHash = statement<{ userId: string; from: string; to: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set({ password_hash: slots.to })
    .where('id', '=', slots.userId)
    .where('password_hash', '=', slots.from),
)

const replaceHash = statement<{ userId: string; from: string | undefined; to: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set({ password_hash: slots.to })
    .where('id', '=', slots.userId)
    .where('password_hash', 'is not distinct from', slots.from as string),
)

/** Every session of the person dies with one row written. */
export const raiseEpoch = statement<{ userId: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({ sessions_epoch: eb('sessions_epoch', '+', 1), version: eb('version', '+', 1) }))
    .where('id', '=', slots.userId),
)

const liftSession = statement<{ userId: string; keep: string }>()((db, slots) =>
  db
    .updateTable('authorizations')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('id', '=', slots.keep)
    .where('subject_kind', '=', 'user')
    .where('subject_id', '=', slots.userId)
    .where('kind', '<>', 'personal')
    .where('revoked_at', 'is', null)
    .where('epoch', '=', (eb) => eb.selectFrom('users').select('sessions_epoch').where('id', '=', slots.userId)),
)
