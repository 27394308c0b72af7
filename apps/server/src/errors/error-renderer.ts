import { recentLoginSeconds } from '@countersign/core'
import type { ResponseValue } from '../http/message.ts'
import type { Fault } from './fault.ts'

/** Who reads an answer, and therefore in which shape errors are told: one renderer each. */
export interface ErrorRenderer {
  /** @param operationId Where a vendor words faults per operation; nothing where no operation was found. */
  render(fault: Fault, operationId: string | undefined): ResponseValue
}

/** Where a fault does not say when to come back. */
const comeBack = { 'retry-after': 1 } as const

/** A JSON answer. A 503 says when to come back, whoever answers it (RFC 9110 §15.6.4). */
export const json = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | number>> = {},
): ResponseValue => ({
  status,
  headers: { 'content-type': 'application/json', ...(status === 503 ? comeBack : {}), ...headers },
  body: JSON.stringify(body),
})

/** Headers that go with a fault in every shape. */
export const faultHeaders = (fault: Fault): Record<string, string | number> => ({
  ...fault.headers,
  ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': Math.max(1, Math.ceil(fault.retryAfterSeconds)) }),
})

/**
 * The parameters of a `Bearer` challenge, after its realm (RFC 6750 §3.1, RFC 9470 §3). Empty where there is nothing to say.
 */
export const stepUp = ({ code, maxAgeSeconds }: Fault): string =>
  code === 'login_too_old'
    ? `, error="insufficient_user_authentication", max_age="${maxAgeSeconds ?? recentLoginSeconds}"`
    : ''
