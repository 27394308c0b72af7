/**
 * A test asked for what the server cannot do. The message says what, in one line.
 *
 * @example
 * ```ts
 * import { startTestServer, TestServerError } from '@countersign/testing'
 *
 * const refused = await startTestServer({ dialects: ['esperanto'] }).catch((error: unknown) => error)
 * if (!(refused instanceof TestServerError)) throw refused
 * ```
 */
export class TestServerError extends Error {
  /** @param cause What the server said. */
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TestServerError'
  }
}
