import { type AuthErrorCode, authErrorCodes, authErrorKind, type ErrorKind } from '@countersign/core'
import { type DropletErrorCode, dropletErrors } from '@countersign/resources'
import { type RequestErrorCode, requestErrors } from '../http/errors.ts'

/** Every error that the server answers with. */
export type ErrorCode = AuthErrorCode | RequestErrorCode | DropletErrorCode | 'internal'

/** The kind of each code. */
export const kinds = {
  ...(Object.fromEntries(authErrorCodes.map((code) => [code, authErrorKind(code)])) as Record<
    AuthErrorCode,
    ErrorKind
  >),
  ...requestErrors,
  ...dropletErrors,
  internal: 'internal',
} satisfies Record<ErrorCode, ErrorKind>

export const errorCodes = Object.keys(kinds) as readonly ErrorCode[]

/**
 * The answer of one renderer to each code: that of the code's kind, or its own.
 *
 * @param byKind One for each kind.
 * @param byCode For codes that are answered otherwise than the rest of their kind.
 */
export function answersBy<A>(
  byKind: Readonly<Record<ErrorKind, A>>,
  byCode: Readonly<Partial<Record<ErrorCode, A>>>,
): Readonly<Record<ErrorCode, A>> {
  const entries = errorCodes.map((code) => [code, byCode[code] ?? byKind[kinds[code]]])
  return Object.fromEntries(entries) as Record<ErrorCode, A>
}
