import type { AuditEvent } from '@countersign/core'
import type { Executor } from '../engine/engine.ts'
import { writeRow } from './row.ts'
import { count } from './tallies.ts'

/**
 * Appends to the trail, within the unit of the change that it records: one commit for both, or none (S12). Of alike events that
 * strangers can cause the first is a row, and the others are counted in that commit.
 */
export const writeAudit = (execute: Executor, { tally, ...event }: AuditEvent): Promise<void> =>
  tally === undefined ? writeRow(execute, event) : count(execute, event, tally)
