import type { DatabaseReader } from '../campaign/database.ts'

/** What happens to the servers and their database. The first ones are each met once, before they are chosen at random. */
export const disturbances = [
  'kill a server',
  'crash the database',
  'cut',
  'restart the database',
  'stall',
  'promote the standby',
] as const
export type Disturbance = (typeof disturbances)[number]

/** The database that two servers share. */
export interface OutageDatabase extends AsyncDisposable {
  /** The variables by which the servers find it. */
  readonly env: Readonly<Record<string, string>>
  /** Options of Node.js for the servers. */
  readonly nodeOptions: readonly string[]
  /** Those that can happen to it, and to the servers. */
  readonly disturbances: readonly Disturbance[]
  /** @param pause Waits while the database is away. */
  inflict(what: Disturbance, pause: (mostMilliseconds: number) => Promise<void>): Promise<void>
  /** After the servers are ready again. */
  recovered(what: Disturbance): Promise<void>
  /** A connection around the proxies. */
  connect(): DatabaseReader
}
