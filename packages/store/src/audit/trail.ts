import type { AuditTrail } from '@countersign/core'
import type { Engine } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { writeAudit } from './audit.ts'
import { lastExport, recordExport } from './exports.ts'
import { list, listAfter } from './list.ts'
import { overdueCount } from './overdue.ts'
import { collectGarbage } from './retention.ts'
import { settle } from './tallies.ts'

export const auditTrailOn = (engine: Engine): AuditTrail => ({
  list: (page) => list(engine.read, page),
  listAfter: (sequence, limit) => listAfter(engine.read, sequence, limit),
  note: (events) =>
    engine.write([], async (execute) => {
      for (const event of events) await writeAudit(execute, event)
    }),
  settle: (latest, signal) => settle(engine, latest, signal),
  exported: () => lastExport(engine.read),
  recordExport: (since, to, audit) =>
    engine.write([aloneOn.retention], (execute) => recordExport(execute, since, to, audit)),
  countOverdue: overdueCount(engine.read),
  collectGarbage: (retention, signal) => collectGarbage(engine, retention, signal),
})
