import { StoreError } from '@countersign/core'

/**
 * What the driver or the database complained about. The database's message may quote values and its other members do, so only
 * what is safe to log is kept.
 */
export class PostgresFault extends Error {
  /** SQLSTATE, or the code of a system error. */
  readonly code: string | undefined
  /** The connection is of no use any more. */
  readonly isOfConnection: boolean

  constructor(code: string | undefined, message: string, isOfConnection: boolean) {
    super(message)
    this.name = 'PostgresFault'
    this.code = code
    this.isOfConnection = isOfConnection
  }
}

/** There was no connection to ask on: whoever asks again waits as long again. */
export class NoConnection extends PostgresFault {
  constructor({ code, message }: PostgresFault) {
    super(code, message, true)
  }
}

/** Every one has a digit. `EPIPE` is a system error. */
const isSqlState = (code: string | undefined): code is string =>
  code !== undefined && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)

/**
 * The classes of SQLSTATE after which a connection is given up: it is broken, the server ends or refuses it, or it leads to a
 * server that only reads. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const ofConnection = /^(08|28|3D|53|57P|25006|58|XX)/

/** Of what the driver rejects with. */
export const postgresFault = (error: unknown): PostgresFault => {
  if (error instanceof PostgresFault) return error
  const found = error instanceof Error && 'code' in error ? error.code : undefined
  const code = typeof found === 'string' ? found : undefined
  if (!isSqlState(code)) return new PostgresFault(code, messageOf(error), true)
  // Class 22 quotes the value that it complains about.
  const message = code.startsWith('22') ? 'the database refused a value' : messageOf(error)
  return new PostgresFault(code, `${message} (SQLSTATE ${code})`, ofConnection.test(code))
}

/** Several addresses of one name fail together, without a message of their own. */
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** serialization_failure, deadlock_detected. */
const conflicting = ['40001', '40P01']
/** What a pooler between us and the server makes of named statements: unknown here, or known already. */
const unknownName = '26000'
const ofStatements = [unknownName, '42P05']

export const isUnknownName = ({ code }: PostgresFault): boolean => code === unknownName

export const isConflicting = ({ code }: PostgresFault): boolean => code !== undefined && conflicting.includes(code)

/** admin_shutdown: somebody ended a connection, perhaps while it was made. The next one may be made at once. */
export const isEnded = ({ code }: PostgresFault): boolean => code === '57P01'

/** query_canceled: by somebody else, or because it took too long. */
export const isCancelled = ({ code }: PostgresFault): boolean => code === '57014'

/** lock_not_available: it was waited for as long as `lock_timeout` allows. */
export const isLocked = ({ code }: PostgresFault): boolean => code === '55P03'

/**
 * A unique value exists already. Perhaps another unit has committed it after this one had looked for it: then the unit finds it when
 * it is run again.
 */
export const isTaken = ({ code }: PostgresFault): boolean => code === '23505'

/** division_by_zero: how a statement that was expected to change a row shows that it has not. */
export const isUnexpected = ({ code }: PostgresFault): boolean => code === '22012'

export const isOfNamedStatements = ({ code }: PostgresFault): boolean =>
  code !== undefined && ofStatements.includes(code)

/** Class 23: a constraint, or one of our guards, refuses the change. */
const isRefused = ({ code }: PostgresFault): boolean => isSqlState(code) && code.startsWith('23')

/** Makes a `StoreError` of the driver's errors. An error that a unit threw itself is returned as it is. */
export const storeFault = (error: unknown): unknown =>
  error instanceof PostgresFault ? new StoreError(isRefused(error) ? 'conflict' : 'unavailable', error) : error

/** in_failed_sql_transaction, as a database says it within a transaction. */
const failedBefore = '25P02'

/** Of a statement that was not executed, since one before it had failed. */
export const skipped = (): PostgresFault =>
  new PostgresFault(failedBefore, 'a statement that was sent before it has failed', false)

export const isSkipped = ({ code }: PostgresFault): boolean => code === failedBefore
