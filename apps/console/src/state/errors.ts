import { isClientError, ProblemError } from '@countersign/client'
import { isKey, t } from '../language/messages.ts'
import { duration } from '../language/times.ts'

/** The reader closed the dialog that the action needed. */
export class Cancelled extends Error {}

export const hasCode = (error: unknown, ...codes: readonly string[]): error is ProblemError =>
  error instanceof ProblemError && codes.includes(error.code)

/** Whether there is no session any more. */
export const isSessionOver = (error: unknown): boolean =>
  hasCode(error, 'token_invalid', 'token_expired', 'credentials_missing')

/** What happened and what to do, in the reader's language. */
export function sentenceOf(error: unknown): string {
  if (!isClientError(error)) return t('error.page')
  if (error.code === 'transport_failed') {
    return t(error.reason === 'timed_out' ? 'error.timed_out' : 'error.no_answer')
  }
  if (!(error instanceof ProblemError)) return t('error.unexpected')
  const { code, reason, retryAfterSeconds } = error
  if (retryAfterSeconds !== undefined && isKey(`error.${code}.wait`)) {
    return t(`error.${code}.wait` as 'error.throttled.wait', { time: duration(retryAfterSeconds) })
  }
  const specific = `error.${code}.${reason ?? ''}`
  if (isKey(specific)) return t(specific)
  const general = `error.${code}`
  if (isKey(general)) return t(general)
  return error.detail ?? t('error.unexpected')
}

/** What the server says about each member of the request's body. */
export function membersOf(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ProblemError)) return {}
  const named = error.errors.map(({ pointer, detail }) => [pointer.replace(/^\/body\//, ''), detail] as const)
  return Object.fromEntries(named)
}
