import type { AuditTrail } from '@countersign/core'
import type { Engine } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { writeAudit } from './audit.ts'
import { list, listAfter } from './list.ts'
import { collectGarbage, countOverdue, lastExport, recordExport } from './retention.ts'
import { settle } from './tallies.ts'

export const auditTrailOn = (engine: Engine): AuditTrail => ({
  list: (page) => list(engine.read, page),
  listAfter: (sequence, limit) => listAfter(engine.read, sequence, limit),
  note: (events) =>
    engine.write([], async (execute) => {
      for (const event of events) await writeAudit(execute, event)
    }),
  settle: (latest) => settle(engine, latest),
  exported: () => lastExport(engine.read),
  recordExport: (since, to, audit) =>
    engine.write([aloneOn.retention], (execute) => recordExport(execute, since, to, audit)),
  countOverdue: (before) => countOverdue(engine.read, before),
  collectGarbage: (retention) => collectGarbage(engine, retention),
})
