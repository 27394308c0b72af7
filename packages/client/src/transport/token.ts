/**
 * The characters of a bearer token (RFC 6750 §2.1). The server would refuse others, or the runtime would quote them in
 * an error about the header.
 */
const b64token = /^[A-Za-z0-9\-._~+/]{1,8192}={0,2}$/

/**
 * An access token that does not print itself: `String(token)`, `JSON.stringify(token)` and `util.inspect(token)` all
 * yield `[token]`, so that it is not logged by accident.
 *
 * @example
 * ```ts
 * import { Token } from '@countersign/client'
 *
 * const token = new Token('cs_pat_…')
 * console.log(`${token}`) // [token]
 * ```
 */
export class Token {
  readonly #value: string

  /**
   * @param value The bearer token as issued.
   * @throws TypeError If it is not a `b64token` (RFC 6750 §2.1). The message does not quote it.
   */
  constructor(value: string) {
    if (!isBearerToken(value)) throw new TypeError('A bearer token has characters that RFC 6750 §2.1 does not allow')
    this.#value = value
  }

  /** The token itself, for the `Authorization` header only. */
  reveal(): string {
    return this.#value
  }

  /** Whether both are the same token. */
  equals(other: Token): boolean {
    // It may be one of the package's other build.
    return this.#value === other.reveal()
  }

  toString(): string {
    return '[token]'
  }

  toJSON(): string {
    return '[token]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[token]'
  }
}

/** Whether a value can be sent as a bearer token (RFC 6750 §2.1). */
export function isBearerToken(value: unknown): value is string {
  return typeof value === 'string' && b64token.test(value)
}
