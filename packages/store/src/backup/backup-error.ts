/**
 * Why a backup was not made or not restored. Nothing was changed then.
 *
 * `exists`: there is a file of this name. `unwritable`: the file cannot be made. `no_room`: the disk has no room for it. `unreadable`: there is no such file, or it cannot
 * be read. `no_backup`: it is not a database of Countersign. `damaged`: the integrity check found faults. `newer`: a later version of
 * Countersign made it. `in_use`: a server or a command has the database open. `sessions_unknown`: sessions were to be kept, but
 * it is not known which of them were ended since the backup.
 */
export type BackupErrorCode =
  | 'exists'
  | 'unwritable'
  | 'no_room'
  | 'unreadable'
  | 'no_backup'
  | 'damaged'
  | 'newer'
  | 'in_use'
  | 'sessions_unknown'

export class BackupError extends Error {
  readonly code: BackupErrorCode

  /** `message` is for the operator. */
  constructor(code: BackupErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'BackupError'
    this.code = code
  }
}
