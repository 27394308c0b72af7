import type { Enrolment } from '@countersign/core'
import type { Executor } from '../engine/engine.ts'
import { text } from '../schema/kind.ts'
import { insert, statement } from '../schema/statement.ts'
import { enrolments } from '../schema/tables.ts'

/** Puts a secret in its slot, in place of what was there. A new active one discards a pending one. */
export const putSecret = async (execute: Executor, enrolment: Enrolment): Promise<void> => {
  const { userId, slot } = enrolment
  await execute.run(clearSlot, { userId, slot })
  if (slot === 'active') await execute.run(clearSlot, { userId, slot: 'pending' })
  await execute.run(insertSecret, enrolment)
}

export const clearSlot = statement({ userId: text, slot: enrolments.definition.slot }, (db, { userId, slot }) =>
  db.deleteFrom('enrolments').where('user_id', '=', userId).where('slot', '=', slot),
)

const insertSecret = insert(enrolments)
