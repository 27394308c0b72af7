// Stack frames of the application's call. An error often arises later, in work that many calls share; its own frames
// would not show the line in the application.
import {
  type ClientError,
  isClientError,
  ProblemError,
  SessionExpiredError,
  TransportError,
  UnexpectedResponseError,
} from '../transport/errors.ts'

/**
 * Remembers the stack frames of the caller of `entry`.
 *
 * @returns A function that copies a {@link ClientError} and appends these frames to its `stack`. Other errors are
 *   returned unchanged.
 */
export function calledFrom(entry: (...args: never[]) => unknown): (error: unknown) => unknown {
  const place = new Error()
  const { captureStackTrace } = Error as { captureStackTrace?: (error: Error, above: typeof entry) => void }
  captureStackTrace?.(place, entry)
  return (error) => {
    if (!isClientError(error)) return error
    const own = copyOf(error)
    const stack = `${error.name}: ${error.message}\n${[...framesOf(error), ...framesOf(place)].join('\n')}`
    Object.defineProperty(own, 'stack', { value: stack, configurable: true, writable: true })
    return own
  }
}

/** Waiting calls share one failure but have different callers, so each gets a copy. */
function copyOf(error: ClientError): ClientError {
  if (error instanceof TransportError) return new TransportError(error.reason)
  if (error instanceof UnexpectedResponseError) return new UnexpectedResponseError(error.status, error.reason)
  if (error instanceof SessionExpiredError) return new SessionExpiredError(error.refusal, error.detail)
  return new ProblemError(error.code, error)
}

/** V8 writes `at f (file:1:2)`, other engines `f@file:1:2`. The message line matches neither. */
function framesOf({ stack = '' }: Error): string[] {
  return stack.split('\n').filter((line) => /^\s+at |@\S+:\d+:\d+$/.test(line))
}
