import type { ServerRun } from '@countersign/server/testing/process'

export const engines = ['sqlite', 'postgres'] as const
export type EngineName = (typeof engines)[number]

/** Where the servers of a campaign keep everything. */
export interface CampaignDatabase extends AsyncDisposable {
  /** The variables by which servers and commands find it. */
  readonly env: Readonly<Record<string, string>>
  /** A connection beside those of the servers. */
  connect(server: Pick<ServerRun, 'database'>): DatabaseReader
}

export interface DatabaseReader extends AsyncDisposable {
  /** @param sql A query in the SQL of every engine. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** What is damaged, as the database itself finds it. */
  faults(): Promise<readonly string[]>
  /** Waits until the database has finished what servers asked for that were killed. */
  quiet(): Promise<void>
}
