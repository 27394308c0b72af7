/**
 * Why an export was not read. Nothing was changed then.
 *
 * `no_export`: it is not an export of Countersign. `damaged`: it is not complete, or not as it was written. `newer`, `older`:
 * a version of Countersign with another schema wrote it. `not_empty`: the database to be filled holds something already.
 */
export type TransferErrorCode = 'no_export' | 'damaged' | 'newer' | 'older' | 'not_empty'

export class TransferError extends Error {
  readonly code: TransferErrorCode

  /** `message` is for the operator. */
  constructor(code: TransferErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TransferError'
    this.code = code
  }
}
