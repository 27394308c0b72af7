/**
 * Why a store was not opened. Nothing was changed in it, apart from file modes that were too open.
 *
 * `file_unsafe`: a link, somebody else's file, or no regular file. `file_unusable`: it cannot be created, read or written,
 * or is no database. `engine_too_old`, `setting_refused`: durability cannot be promised here. `schema_newer`: a later
 * version of Countersign has been here. `locked`: another process did not let go in time.
 */
export type StoreOpenErrorCode =
  | 'file_unsafe'
  | 'file_unusable'
  | 'engine_too_old'
  | 'setting_refused'
  | 'schema_newer'
  | 'locked'

export class StoreOpenError extends Error {
  readonly code: StoreOpenErrorCode

  /** `message` is for the person who starts the server. */
  constructor(code: StoreOpenErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StoreOpenError'
    this.code = code
  }
}
