import type { Executor } from '../engine/engine.ts'
import { everyone, writeWide } from '../revocations/write.ts'
import { text } from '../schema/kind.ts'
import { update } from '../schema/statement.ts'

/*
 * Each function that raises an epoch also writes the entry of the revocation feed, so that no caller can forget it. `at` is the time
 * of the event, `Clock.now()`, in epoch seconds.
 */

/**
 * Ends every session of a user but `keep`. That one gets the next epoch before the user's epoch rises: the schema allows this
 * only for a session that is active at that moment, so naming an ended one does not bring it back (I3).
 */
export const endOtherSessions = async (
  execute: Executor,
  userId: string,
  keep: string | undefined,
  at: number,
): Promise<void> => {
  if (keep !== undefined) await execute.run(liftSession, { userId, keep })
  await endSessions(execute, userId, at)
}

/** Ends every session of a user by writing one row. Returns the number of users that were changed. */
export const endSessions = async (execute: Executor, userId: string, at: number): Promise<number> => {
  const changes = await execute.run(raiseEpoch, { userId })
  if (changes > 0) await writeWide(execute, 'subject', userId, at)
  return changes
}

/** The same, and personal tokens end too. */
export const endEverything = async (execute: Executor, id: string, at: number): Promise<number> => {
  const changes = await execute.run(raiseBothEpochs, { id })
  if (changes > 0) await writeWide(execute, 'subject', id, at)
  return changes
}

/** Ends every session of every user but one. */
export const endEverybodysSessions = async (
  execute: Executor,
  kept: { readonly userId: string; readonly keep: string },
  at: number,
): Promise<void> => {
  // Before the epochs rise: the schema lifts only an active session (I3).
  await execute.run(liftSession, kept)
  await execute.run(raiseEveryEpoch, {})
  await writeWide(execute, 'subject', everyone, at)
}

const raiseEpoch = update('users', { userId: text }, (rows, slots) =>
  rows
    .set((eb) => ({ sessions_epoch: eb('sessions_epoch', '+', 1), version: eb('version', '+', 1) }))
    .where('id', '=', slots.userId),
)

const liftSession = update('authorizations', { userId: text, keep: text }, (rows, slots) =>
  rows
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('id', '=', slots.keep)
    .where('subject_kind', '=', 'user')
    .where('subject_id', '=', slots.userId)
    .where('kind', '<>', 'personal')
    .where('revoked_at', 'is', null)
    .where('epoch', '=', (eb) => eb.selectFrom('users').select('sessions_epoch').where('id', '=', slots.userId)),
)

const raiseBothEpochs = update('users', { id: text }, (rows, slots) =>
  rows
    .set((eb) => ({
      sessions_epoch: eb('sessions_epoch', '+', 1),
      personal_epoch: eb('sessions_epoch', '+', 1),
      version: eb('version', '+', 1),
    }))
    .where('id', '=', slots.id),
)

const raiseEveryEpoch = update('users', {}, (rows) =>
  rows.set((eb) => ({ sessions_epoch: eb('sessions_epoch', '+', 1), version: eb('version', '+', 1) })),
)

/** For changes outside the user's row, such as of a secret: writes that depend on an earlier version are refused. */
export const raiseVersion = update('users', { userId: text }, (rows, slots) =>
  rows.set((eb) => ({ version: eb('version', '+', 1) })).where('id', '=', slots.userId),
)
