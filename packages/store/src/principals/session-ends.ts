import type { AuditEvent, Users } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { endEverybodysSessions, endOtherSessions } from '../validity/epochs.ts'

type Kept = Parameters<Users['endOtherSessions']>[0]

export const endOthers = async (execute: Executor, { userId, keep }: Kept, audit: AuditEvent): Promise<'revoked'> => {
  await endOtherSessions(execute, userId, keep, audit.at)
  await writeAudit(execute, audit)
  return 'revoked'
}

export const endEverybodys = async (execute: Executor, kept: Kept, audit: AuditEvent): Promise<'revoked'> => {
  await endEverybodysSessions(execute, kept, audit.at)
  await writeAudit(execute, audit)
  return 'revoked'
}
