import { AuthError, type Authorization, StoreError } from '@countersign/core'
import { DropletError } from '@countersign/resources'
import { RequestError, type ShapeError } from '../http/errors.ts'
import type { ErrorCode } from './kinds.ts'

/** An error as renderers see it. All members are public unless marked as private. */
export interface Fault {
  readonly code: ErrorCode
  readonly detail: string
  readonly reason: string | undefined
  readonly retryAfterSeconds: number | undefined
  /** The maximum age of the login (`login_too_old`). */
  readonly maxAgeSeconds: number | undefined
  /** The scope that the request needs (`access_denied`). */
  readonly neededScope: readonly string[] | undefined
  /** What is wrong with the request, by position. */
  readonly errors: readonly ShapeError[]
  /** Headers that every renderer sends. */
  readonly headers: Readonly<Record<string, string>>
  /** Private: for the log only. The authorization whose use was refused. */
  readonly authorization: Authorization | undefined
  /** Private: for the log only. Distinguishes cases that share one public code. */
  readonly outcome: string | undefined
  /** Private: for the log only. `undefined` if the client caused the error. */
  readonly cause: unknown
}

const fault = (code: ErrorCode, detail: string, facts: Partial<Fault> = {}): Fault => ({
  reason: undefined,
  retryAfterSeconds: undefined,
  maxAgeSeconds: undefined,
  neededScope: undefined,
  errors: [],
  headers: {},
  authorization: undefined,
  outcome: undefined,
  cause: undefined,
  ...facts,
  code,
  detail,
})

const isStoreUnavailable = (error: unknown): boolean => error instanceof StoreError && error.kind === 'unavailable'

const storeUnavailable = (cause: unknown): Fault => fault('unavailable', new AuthError('unavailable').detail, { cause })

/**
 * The only conversion from a thrown error to a rendered one. An error of an unknown type becomes `internal` and reveals
 * nothing.
 */
export function toFault(error: unknown): Fault {
  if (error instanceof AuthError) {
    const { code, detail, reason, retryAfterSeconds, maxAgeSeconds, neededScope, authorization, outcome, cause } = error
    const facts = { reason, retryAfterSeconds, maxAgeSeconds, neededScope }
    return fault(code, detail, { ...facts, authorization, outcome, cause })
  }
  if (error instanceof RequestError) {
    const { code, detail, errors, headers } = error
    return fault(code, detail, { errors, headers })
  }
  if (isStoreUnavailable(error)) return storeUnavailable(error)
  if (error instanceof DropletError) {
    // The driver failed to write to the store and did not contact its engine, so the store is at fault.
    if (isStoreUnavailable(error.cause)) return storeUnavailable(error.cause)
    return fault(error.code, error.message, { cause: error.cause })
  }
  return fault('internal', 'An internal error occurred. It was recorded.', { cause: error })
}
