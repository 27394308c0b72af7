import type { AuditEvent, Enrolment, Enrolments } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { bytes, integer, optionalInteger } from '../schema/column.ts'
import type { EnrolmentsTable } from '../schema/schema.ts'
import { statement } from '../schema/statement.ts'
import { bumpMark } from '../sequences/numbers.ts'
import { writeOn } from '../validity/condition.ts'
import { raiseEpoch, raiseVersion } from '../validity/epochs.ts'
import { removeAll as removeRecoveryCodes } from './recovery-codes.ts'
import { clearSlot, putSecret } from './slots.ts'

/**
 * TOTP secrets on SQL, sealed: one row in each of a person's two slots. A secret is never changed in place: a new one is a new
 * row, so that within a row the last step only rises.
 */
export const enrolmentsOn = (engine: Engine): Enrolments => ({
  find: async (userId) => {
    const rows = await engine.read.all(findBoth, { userId })
    return { active: enrolmentIn(rows, 'active'), pending: enrolmentIn(rows, 'pending') }
  },
  put: (enrolment, audit, on) =>
    writeOn(engine, on, async (execute) => {
      await putSecret(execute, enrolment)
      await execute.run(raiseVersion, { userId: enrolment.userId })
      await writeAudit(execute, audit)
      return 'stored' as const
    }),
  accept: (acceptance, confirmed, on) => writeOn(engine, on, (execute) => accept(execute, acceptance, confirmed)),
  countFailure: (userId) => engine.write((execute) => countFailure(execute, userId)),
})

type Acceptance = Parameters<Enrolments['accept']>[0]

/** One conditional update decides; only the first code of a secret has more to do. */
const accept = async (execute: Executor, acceptance: Acceptance, confirmed: AuditEvent) => {
  const { userId, slot } = acceptance
  if ((await execute.run(spendStep, acceptance)) === 0) return 'spent'
  await execute.run(forgetFailures, { userId })
  if ((await execute.run(confirm, acceptance)) === 0) return 'accepted'
  if (slot === 'pending') {
    await execute.run(clearSlot, { userId, slot: 'active' })
    await execute.run(promote, { userId })
    await execute.run(removeRecoveryCodes, { userId })
    await execute.run(raiseEpoch, { userId })
  } else {
    await execute.run(raiseVersion, { userId })
  }
  await writeAudit(execute, confirmed)
  return 'confirmed'
}

/** A wrong code is wrong for both secrets. Where there is none, one row is written and waited for all the same (I9). */
const countFailure = async (execute: Executor, userId: string): Promise<void> => {
  if ((await execute.run(addFailure, { userId })) === 0) await execute.run(bumpMark, { name: 'wrong_codes_of_nobody' })
}

const findBoth = statement<{ userId: string }>()((db, slots) =>
  db.selectFrom('enrolments').selectAll().where('user_id', '=', slots.userId),
)

const spendStep = statement<Acceptance>()((db, slots) =>
  db
    .updateTable('enrolments')
    .set({ last_step: slots.step })
    .where('user_id', '=', slots.userId)
    .where('slot', '=', slots.slot)
    .where('sealed', '=', slots.sealed)
    .where('last_step', '<', slots.step),
)

const confirm = statement<Acceptance>()((db, slots) =>
  db
    .updateTable('enrolments')
    .set({ confirmed_at: slots.at })
    .where('user_id', '=', slots.userId)
    .where('slot', '=', slots.slot)
    .where('confirmed_at', 'is', null),
)

const promote = statement<{ userId: string }>()((db, slots) =>
  db
    .updateTable('enrolments')
    .set({ slot: 'active' })
    .where('user_id', '=', slots.userId)
    .where('slot', '=', 'pending'),
)

const addFailure = statement<{ userId: string }>()((db, slots) =>
  db
    .updateTable('enrolments')
    .set((eb) => ({ failures: eb('failures', '+', 1) }))
    .where('user_id', '=', slots.userId),
)

export const forgetFailures = statement<{ userId: string }>()((db, slots) =>
  db.updateTable('enrolments').set({ failures: 0 }).where('user_id', '=', slots.userId).where('failures', '>', 0),
)

const enrolmentIn = (rows: readonly EnrolmentsTable[], slot: Enrolment['slot']): Enrolment | undefined => {
  const row = rows.find((candidate) => candidate.slot === slot)
  return row && enrolmentFrom(row)
}

const enrolmentFrom = (row: EnrolmentsTable): Enrolment => ({
  userId: row.user_id,
  slot: row.slot,
  sealed: bytes(row.sealed),
  createdAt: integer(row.created_at),
  confirmedAt: optionalInteger(row.confirmed_at),
  lastStep: integer(row.last_step),
  failures: integer(row.failures),
})
