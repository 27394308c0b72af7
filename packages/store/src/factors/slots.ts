import type { Enrolment } from '@countersign/core'
import type { Executor } from '../engine/engine.ts'
import { text } from '../schema/kind.ts'
import { insert, remove } from '../schema/statement.ts'
import { enrolments } from '../schema/tables.ts'

/** Puts a secret in its slot, in place of what was there. A new active one discards a pending one. */
export const putSecret = async (execute: Executor, enrolment: Enrolment): Promise<void> => {
  const { userId, slot } = enrolment
  await execute.run(clearSlot, { userId, slot })
  if (slot === 'active') await execute.run(clearSlot, { userId, slot: 'pending' })
  await execute.run(insertSecret, enrolment)
}

export const clearSlot = remove(
  'enrolments',
  { userId: text, slot: enrolments.definition.slot },
  (rows, { userId, slot }) => rows.where('user_id', '=', userId).where('slot', '=', slot),
)

export const insertSecret = insert(enrolments)
