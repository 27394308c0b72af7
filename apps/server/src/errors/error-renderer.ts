import { recentLoginSeconds } from '@countersign/core'
import type { ResponseValue } from '../http/message.ts'
import type { Fault } from './fault.ts'

/**
 * Renders errors for one kind of client: the native API, OAuth, or one dialect. The folder errors/ turns thrown errors
 * into faults; it must not know the format of any answer.
 */
export interface ErrorRenderer {
  /** @param operationId For vendors whose messages depend on the operation; `undefined` if no operation matched. */
  render(fault: Fault, operationId: string | undefined): ResponseValue
}

/** Used if the fault has no `Retry-After` of its own. */
const comeBack = { 'retry-after': 1 } as const

/** A JSON answer. Every 503 has `Retry-After` (RFC 9110 §15.6.4). */
export const json = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | number>> = {},
): ResponseValue => ({
  status,
  headers: { 'content-type': 'application/json', ...(status === 503 ? comeBack : {}), ...headers },
  body: JSON.stringify(body),
})

/** Headers of a fault that are independent of its format. */
export const faultHeaders = (fault: Fault): Record<string, string | number> => ({
  ...fault.headers,
  ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': Math.max(1, Math.ceil(fault.retryAfterSeconds)) }),
})

/** The parameters of a `Bearer` challenge after its realm (RFC 6750 §3.1, RFC 9470 §3), or an empty string. */
export const stepUp = ({ code, maxAgeSeconds }: Fault): string =>
  code === 'login_too_old'
    ? `, error="insufficient_user_authentication", max_age="${maxAgeSeconds ?? recentLoginSeconds}"`
    : ''
