import type { Enrolment } from '@countersign/core'
import type { Executor } from '../engine/engine.ts'
import { orNull } from '../schema/column.ts'
import type { EnrolmentsTable } from '../schema/schema.ts'
import { rowOf, statement } from '../schema/statement.ts'

/** A secret in its slot, in place of what was there. A new active one discards a pending one. */
export const putSecret = async (execute: Executor, enrolment: Enrolment): Promise<void> => {
  const { userId, slot } = enrolment
  await execute.run(clearSlot, { userId, slot })
  if (slot === 'active') await execute.run(clearSlot, { userId, slot: 'pending' })
  await execute.run(insert, rowFrom(enrolment))
}

export const clearSlot = statement<{ userId: string; slot: Enrolment['slot'] }>()((db, slots) =>
  db.deleteFrom('enrolments').where('user_id', '=', slots.userId).where('slot', '=', slots.slot),
)

const columns = ['user_id', 'slot', 'sealed', 'created_at', 'confirmed_at', 'last_step', 'failures'] as const

const insert = statement<EnrolmentsTable>()((db, slots) => db.insertInto('enrolments').values(rowOf(slots, columns)))

const rowFrom = (enrolment: Enrolment): EnrolmentsTable => ({
  user_id: enrolment.userId,
  slot: enrolment.slot,
  sealed: enrolment.sealed,
  created_at: enrolment.createdAt,
  confirmed_at: orNull(enrolment.confirmedAt),
  last_step: enrolment.lastStep,
  failures: enrolment.failures,
})
