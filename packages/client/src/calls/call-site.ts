// Stack frames of the application's call. An error often arises later, in work that many calls share; its own frames
// would not show the line in the application.
import { isClientError } from '../transport/errors.ts'

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
    // A native error of the same class, with the same properties: `structuredClone` and debuggers know it as an error.
    const own = Object.setPrototypeOf(new Error(error.message), Object.getPrototypeOf(error))
    const stack = `${error.name}: ${error.message}\n${[...framesOf(error), ...framesOf(place)].join('\n')}`
    Object.defineProperty(Object.assign(own, error), 'stack', { value: stack, configurable: true, writable: true })
    return own
  }
}

/** V8 writes `at f (file:1:2)`, other engines `f@file:1:2`. The message line matches neither. */
function framesOf({ stack = '' }: Error): string[] {
  return stack.split('\n').filter((line) => /^\s+at |@\S+:\d+:\d+$/.test(line))
}
