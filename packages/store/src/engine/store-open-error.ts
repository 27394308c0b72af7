/**
 * Why a store was not opened. Nothing was changed in it, apart from file modes that were too open.
 *
 * `file_unsafe`: a link, a file of another user, or no regular file. `file_unusable`: it cannot be created, read or written, or is
 * no database. `engine_too_old`, `setting_refused`: durability cannot be guaranteed. `schema_newer`: a later version of
 * Countersign has used it. `schema_older`: it has to be migrated first. `locked`: another process did not release it in time.
 * `address_invalid`: the URL of a database server cannot be used. `unreachable`: that server cannot be reached, or refuses us.
 */
export type StoreOpenErrorCode =
  | 'file_unsafe'
  | 'file_unusable'
  | 'engine_too_old'
  | 'setting_refused'
  | 'schema_newer'
  | 'schema_older'
  | 'locked'
  | 'address_invalid'
  | 'unreachable'

export class StoreOpenError extends Error {
  readonly code: StoreOpenErrorCode

  /** `message` is for the operator. */
  constructor(code: StoreOpenErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StoreOpenError'
    this.code = code
  }
}
