// Where the program called. An error of a call is made long after it, often by work that many calls share, so the frames
// at that place say nothing of the line that has to be changed.
import {
  type ClientError,
  isClientError,
  ProblemError,
  SessionExpiredError,
  TransportError,
  UnexpectedResponseError,
} from '../transport/errors.ts'

/**
 * Remembers the frames of whoever calls `entry`.
 *
 * @returns Gives a {@link ClientError} as this caller's own, with these frames at the end of its `stack`; anything else as it is.
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

/** Waiting calls share one failure, and no two of them have the same caller. */
function copyOf(error: ClientError): ClientError {
  if (error instanceof TransportError) return new TransportError(error.reason)
  if (error instanceof UnexpectedResponseError) return new UnexpectedResponseError(error.status, error.reason)
  if (error instanceof SessionExpiredError) return new SessionExpiredError(error.refusal, error.detail)
  return new ProblemError(error.code, error)
}

/** `at f (file:1:2)` of V8, `f@file:1:2` of the others; the line above them, where there is one, is neither. */
function framesOf({ stack = '' }: Error): string[] {
  return stack.split('\n').filter((line) => /^\s+at |@\S+:\d+:\d+$/.test(line))
}
