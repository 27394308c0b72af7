import type { Executor } from '../engine/engine.ts'
import { text } from '../schema/kind.ts'
import { update } from '../schema/statement.ts'

/**
 * Ends every session of a user but `keep`. That one gets the next epoch before the user's epoch rises: the schema allows this
 * only for a session that is active at that moment, so naming an ended one does not bring it back (I3).
 */
export const endOtherSessions = async (execute: Executor, userId: string, keep: string | undefined): Promise<void> => {
  if (keep !== undefined) await execute.run(liftSession, { userId, keep })
  await execute.run(raiseEpoch, { userId })
}

/** Ends every session of a user by writing one row. */
export const raiseEpoch = update('users', { userId: text }, (rows, slots) =>
  rows
    .set((eb) => ({ sessions_epoch: eb('sessions_epoch', '+', 1), version: eb('version', '+', 1) }))
    .where('id', '=', slots.userId),
)

export const liftSession = update('authorizations', { userId: text, keep: text }, (rows, slots) =>
  rows
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('id', '=', slots.keep)
    .where('subject_kind', '=', 'user')
    .where('subject_id', '=', slots.userId)
    .where('kind', '<>', 'personal')
    .where('revoked_at', 'is', null)
    .where('epoch', '=', (eb) => eb.selectFrom('users').select('sessions_epoch').where('id', '=', slots.userId)),
)

export const raiseBothEpochs = update('users', { id: text }, (rows, slots) =>
  rows
    .set((eb) => ({
      sessions_epoch: eb('sessions_epoch', '+', 1),
      personal_epoch: eb('sessions_epoch', '+', 1),
      version: eb('version', '+', 1),
    }))
    .where('id', '=', slots.id),
)

export const raiseEveryEpoch = update('users', {}, (rows) =>
  rows.set((eb) => ({ sessions_epoch: eb('sessions_epoch', '+', 1), version: eb('version', '+', 1) })),
)

/** For changes outside the user's row, such as of a secret: writes that depend on an earlier version are refused. */
export const raiseVersion = update('users', { userId: text }, (rows, slots) =>
  rows.set((eb) => ({ version: eb('version', '+', 1) })).where('id', '=', slots.userId),
)
