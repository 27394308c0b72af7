import type { Executor } from '../engine/engine.ts'
import { statement } from '../schema/statement.ts'

/**
 * `keep` is lifted to the coming epoch before the user's rises: the schema lifts only what is alive at that moment, so what
 * was dead cannot be brought back by naming it (I3).
 */
export const endOtherSessions = async (execute: Executor, userId: string, keep: string | undefined): Promise<void> => {
  if (keep !== undefined) await execute.run(liftSession, { userId, keep })
  await execute.run(raiseEpoch, { userId })
}

/** Every session of the person ends with one row written. */
export const raiseEpoch = statement<{ userId: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({ sessions_epoch: eb('sessions_epoch', '+', 1), version: eb('version', '+', 1) }))
    .where('id', '=', slots.userId),
)

export const liftSession = statement<{ userId: string; keep: string }>()((db, slots) =>
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

export const raiseBothEpochs = statement<{ id: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({
      sessions_epoch: eb('sessions_epoch', '+', 1),
      personal_epoch: eb('sessions_epoch', '+', 1),
      version: eb('version', '+', 1),
    }))
    .where('id', '=', slots.id),
)

export const raiseEveryEpoch = statement<Record<never, never>>()((db) =>
  db
    .updateTable('users')
    .set((eb) => ({ sessions_epoch: eb('sessions_epoch', '+', 1), version: eb('version', '+', 1) })),
)

/** For changes beside the person's row, such as of a secret: writes on an earlier proof do not happen any more. */
export const raiseVersion = statement<{ userId: string }>()((db, slots) =>
  db
    .updateTable('users')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('id', '=', slots.userId),
)
