import { AuthError, type Authorization, StoreError } from '@countersign/core'
import { DropletError } from '@countersign/resources'
import { RequestError, type ShapeError } from '../http/errors.ts'
import type { ErrorCode } from './kinds.ts'

/** An error as renderers see it: all of it is public, but for what says otherwise. */
export interface Fault {
  readonly code: ErrorCode
  readonly detail: string
  readonly reason: string | undefined
  readonly retryAfterSeconds: number | undefined
  /** How old the login may be (`login_too_old`). */
  readonly maxAgeSeconds: number | undefined
  /** What is wrong with the request, by place. */
  readonly errors: readonly ShapeError[]
  /** Headers that the answer carries whatever its audience. */
  readonly headers: Readonly<Record<string, string>>
  /** Private: for the log, never rendered. Whose grant was refused. */
  readonly authorization: Authorization | undefined
  /** Private: for the log, never rendered. Tells apart what has one code in public. */
  readonly outcome: string | undefined
  /** Private: for the log, never rendered. Nothing for what a client did wrong. */
  readonly cause: unknown
}

const fault = (code: ErrorCode, detail: string, facts: Partial<Fault> = {}): Fault => ({
  reason: undefined,
  retryAfterSeconds: undefined,
  maxAgeSeconds: undefined,
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
 * The one function between what was thrown and what is rendered. What is not deliberately typed says nothing
 * (`internal`), whatever it carries.
 */
export function toFault(error: unknown): Fault {
  if (error instanceof AuthError) {
    const { code, detail, reason, retryAfterSeconds, maxAgeSeconds, authorization, outcome, cause } = error
    return fault(code, detail, { reason, retryAfterSeconds, maxAgeSeconds, authorization, outcome, cause })
  }
  if (error instanceof RequestError) {
    const { code, detail, errors, headers } = error
    return fault(code, detail, { errors, headers })
  }
  if (isStoreUnavailable(error)) return storeUnavailable(error)
  if (error instanceof DropletError) {
    // A driver that could not record what it was asked for did not ask its engine: nothing is wrong with that one.
    if (isStoreUnavailable(error.cause)) return storeUnavailable(error.cause)
    return fault(error.code, error.message, { cause: error.cause })
  }
  return fault('internal', 'The server made a mistake. It has been recorded.', { cause: error })
}
