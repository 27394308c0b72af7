/** What a floor keeps of a token. */
export interface FloorRow {
  readonly subject: string
  readonly client: string
  readonly scope: string
  readonly expires_at: number
  readonly revoked_at: number | null
}

export type Found = FloorRow | undefined

/** The table of a floor, as durable as the server's. */
export interface Rows {
  /** Answered at once where the database is in the process. */
  find(id: string): Found | Promise<Found>
  insert(id: string, expiresAt: number): Promise<boolean>
  /** Compare and set. @returns False if this generation is not the current one. */
  advance(id: string, generation: number, now: number): Promise<boolean>
  close(): Promise<void> | void
}
