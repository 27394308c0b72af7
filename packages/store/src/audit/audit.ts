import type { AuditEvent } from '@countersign/core'
import type { Executor } from '../engine/engine.ts'
import { writeRow } from './row.ts'
import { count } from './tallies.ts'

/**
 * This folder owns the audit trail: its rows, its tallies, its lists and how long it is kept.
 *
 * Appends an event within the unit of the change that it records: both are committed, or neither (S12). Of similar events that
 * an unauthenticated caller can cause, the first is a row and the others are counted, in the same commit.
 */
export const writeAudit = (execute: Executor, { tally, ...event }: AuditEvent): Promise<void> =>
  tally === undefined ? writeRow(execute, event) : count(execute, event, tally)
