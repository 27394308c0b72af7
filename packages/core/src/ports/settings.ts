import type { AuditEvent } from './audit.ts'

/** Small settings that the owner changes while the server runs, by name. Read at each use, so that they work at once. */
export interface Settings {
  get(name: string): Promise<number | undefined>
  list(prefix: string): Promise<ReadonlyMap<string, number>>
  put(name: string, value: number, audit: AuditEvent): Promise<void>
}
