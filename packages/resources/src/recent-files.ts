/** A file that a person looked at. It is the same file again if `id` and `path` are the same. */
export interface RecentFile {
  /** Of the repository or place it is in. */
  readonly id: string
  readonly name: string
  /** Milliseconds of the epoch. */
  readonly seenAtMilliseconds: number
  readonly revision: string
  readonly path: string
}

/** Remembers the last files of each person; a file seen again moves to the front. They are forgotten with the person. */
export interface RecentFiles {
  /** Newest first, `mostRecentFiles` at most. */
  list(userId: string): Promise<readonly RecentFile[]>
  /** A report that comes late, of a time before the one that is known, changes nothing. Rejects for nobody's files. */
  record(userId: string, file: RecentFile): Promise<void>
}

/** Older ones are forgotten. */
export const mostRecentFiles = 50
