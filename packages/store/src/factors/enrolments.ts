import type { AuditEvent, Enrolment, Enrolments } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { bytes, integer, text } from '../schema/kind.ts'
import { select, update } from '../schema/statement.ts'
import { enrolments } from '../schema/tables.ts'
import { addOne } from '../sequences/numbers.ts'
import { writeOn } from '../validity/condition.ts'
import { endSessions, raiseVersion } from '../validity/epochs.ts'
import { removeAll as removeRecoveryCodes } from './recovery-codes.ts'
import { clearSlot, putSecret } from './slots.ts'

/**
 * This folder owns second factors: TOTP secrets and recovery codes.
 *
 * A user has two slots, each with one sealed secret at most. A secret is never changed in place: a new one is a new row, so that
 * within a row the last step only rises.
 */
export const enrolmentsOn = (engine: Engine): Enrolments => ({
  find: async (userId) => {
    const rows = await engine.read.all(findBoth, { userId })
    const inSlot = (slot: Enrolment['slot']) => rows.find((row) => row.slot === slot)
    return { active: inSlot('active'), pending: inSlot('pending') }
  },
  put: (enrolment, audit, on) =>
    writeOn(engine, on, [aloneOn.user(enrolment.userId)], async (execute) => {
      await putSecret(execute, enrolment)
      await execute.run(raiseVersion, { userId: enrolment.userId })
      await writeAudit(execute, audit)
      return 'stored' as const
    }),
  accept: (acceptance, confirmed, on) =>
    writeOn(engine, on, [aloneOn.user(acceptance.userId)], (execute) => accept(execute, acceptance, confirmed)),
  countFailure: (userId) => engine.write([], (execute) => countFailure(execute, userId)),
})

type Acceptance = Parameters<Enrolments['accept']>[0]

/** One conditional update decides. Only the first code of a secret changes more. */
const accept = async (execute: Executor, acceptance: Acceptance, confirmed: AuditEvent) => {
  const { userId, slot } = acceptance
  if ((await execute.run(spendStep, acceptance)) === 0) return 'spent'
  await execute.run(forgetFailures, { userId })
  if ((await execute.run(confirm, acceptance)) === 0) return 'accepted'
  if (slot === 'pending') {
    await execute.run(clearSlot, { userId, slot: 'active' })
    await execute.run(promote, { userId })
    await execute.run(removeRecoveryCodes, { userId })
    await endSessions(execute, userId, acceptance.at)
  } else {
    await execute.run(raiseVersion, { userId })
  }
  await writeAudit(execute, confirmed)
  return 'confirmed'
}

/** A wrong code counts against both secrets. Without a secret one row is written too, so that both cases take as long (I9). */
const countFailure = async (execute: Executor, userId: string): Promise<void> => {
  if ((await execute.run(addFailure, { userId })) === 0) await execute.run(addOne, { name: 'wrong_codes_of_nobody' })
}

const findBoth = select(enrolments, { userId: text }, (rows, { userId }) => rows.where('user_id', '=', userId))

const acceptance = {
  userId: text,
  slot: enrolments.definition.slot,
  sealed: bytes,
  step: integer,
  at: integer,
} as const

const spendStep = update('enrolments', acceptance, (rows, slots) =>
  rows
    .set({ last_step: slots.step })
    .where('user_id', '=', slots.userId)
    .where('slot', '=', slots.slot)
    .where('sealed', '=', slots.sealed)
    .where('last_step', '<', slots.step),
)

const confirm = update('enrolments', acceptance, (rows, slots) =>
  rows
    .set({ confirmed_at: slots.at })
    .where('user_id', '=', slots.userId)
    .where('slot', '=', slots.slot)
    .where('confirmed_at', 'is', null),
)

const promote = update('enrolments', { userId: text }, (rows, slots) =>
  rows.set({ slot: 'active' }).where('user_id', '=', slots.userId).where('slot', '=', 'pending'),
)

const addFailure = update('enrolments', { userId: text }, (rows, slots) =>
  rows.set((eb) => ({ failures: eb('failures', '+', 1) })).where('user_id', '=', slots.userId),
)

export const forgetFailures = update('enrolments', { userId: text }, (rows, slots) =>
  rows.set({ failures: 0 }).where('user_id', '=', slots.userId).where('failures', '>', 0),
)
