import type { AuditEvent } from '@countersign/core'
import { sql } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { alone, insert, unanswered } from '../schema/statement.ts'
import { auditEvents, rotatedAction, rotationEvents } from '../schema/tables.ts'

/** Appends one row to the trail that the event belongs to. */
export const writeRow = async (execute: Executor, event: AuditEvent): Promise<void> => {
  await execute.run(event.action === rotatedAction ? insertRotation : insertEvent, event)
}

/** One more than the last place of both trails. The unit is alone on the trail, so that places are in the order of commits. */
const nextPlace = sql<number>`(select coalesce(max(place), 0) + 1 from
  (select max(sequence) as place from audit union all select max(sequence) from rotations) as places)`

const insertEvent = alone(
  aloneOn.trail,
  unanswered(insert(auditEvents, (into, values) => into.values({ ...values, sequence: nextPlace }))),
)

const insertRotation = alone(
  aloneOn.trail,
  unanswered(insert(rotationEvents, (into, values) => into.values({ ...values, sequence: nextPlace }))),
)
