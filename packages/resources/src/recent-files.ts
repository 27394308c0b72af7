/** A file that a person looked at. */
export interface RecentFile {
  /** Of the repository or place it is in. */
  readonly id: string
  readonly name: string
  /** Milliseconds of the epoch. */
  readonly seenAtMilliseconds: number
  readonly revision: string
  readonly path: string
}

/** Remembers the last files of each person; a file seen again moves to the front. */
export interface RecentFiles {
  /** Newest first, `mostRecentFiles` at most. */
  list(userId: string): Promise<readonly RecentFile[]>
  record(userId: string, file: RecentFile): Promise<void>
}

/** Older ones are forgotten. */
export const mostRecentFiles = 50
