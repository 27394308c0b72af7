import type { ResponseValue } from '../http/message.ts'
import type { Fault } from './fault.ts'

/** Who reads an answer, and therefore in which shape errors are told: one renderer each. */
export interface Audience {
  /** @param operationId Where a vendor words faults per operation; nothing where no operation was found. */
  render(fault: Fault, operationId: string | undefined): ResponseValue
}

/** A JSON answer. */
export const json = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | number>> = {},
): ResponseValue => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

/** Headers that go with a fault in every shape. */
export const faultHeaders = (fault: Fault): Record<string, string | number> => ({
  ...fault.headers,
  ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': Math.max(1, Math.ceil(fault.retryAfterSeconds)) }),
})
