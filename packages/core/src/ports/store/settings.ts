import type { AuditEvent } from '../../model/audit-event.ts'
import type { Unmet, WriteCondition } from './condition.ts'

/** Small settings that the owner changes while the server runs, by name. Read at each use, so that they work at once. */
export interface Settings {
  get(name: string): Promise<number | undefined>
  list(prefix: string): Promise<ReadonlyMap<string, number>>
  /** @param on Nothing is written where it is not met. Default is none. */
  put(name: string, value: number, audit: AuditEvent, on?: WriteCondition): Promise<'changed' | Unmet>
}
