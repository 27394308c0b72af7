/** A file that a user viewed. Files are equal if `id` and `path` are equal. */
export interface RecentFile {
  /** Id of the repository or place that contains the file. */
  readonly id: string
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly seenAtMilliseconds: number
  readonly revision: string
  readonly path: string
}

/** The last files that each user viewed. A file viewed again moves to the front. Deleting the user deletes the list. */
export interface RecentFiles {
  /** Newest first, at most `mostRecentFiles`. */
  list(userId: string): Promise<readonly RecentFile[]>
  /** A late report with an older time changes nothing. Rejects if the user does not exist. */
  record(userId: string, file: RecentFile): Promise<void>
}

/** Older entries are deleted. */
export const mostRecentFiles = 50
