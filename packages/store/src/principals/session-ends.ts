import type { AuditEvent, Users } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { endOtherSessions, liftSession, raiseEveryEpoch } from '../validity/epochs.ts'

type Kept = Parameters<Users['endOtherSessions']>[0]

export const endOthers = async (execute: Executor, { userId, keep }: Kept, audit: AuditEvent): Promise<'revoked'> => {
  await endOtherSessions(execute, userId, keep)
  await writeAudit(execute, audit)
  return 'revoked'
}

/** The kept session is lifted before the epochs rise: the schema lifts only an active one (I3). */
export const endEverybodys = async (execute: Executor, kept: Kept, audit: AuditEvent): Promise<'revoked'> => {
  await execute.run(liftSession, kept)
  await execute.run(raiseEveryEpoch, {})
  await writeAudit(execute, audit)
  return 'revoked'
}
