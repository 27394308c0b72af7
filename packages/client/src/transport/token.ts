/** RFC 6750 §2.1: the only characters a bearer token may have. Anything else would be refused by the server or, worse,
 * quoted in a header error of the runtime. */
const b64token = /^[A-Za-z0-9\-._~+/]{1,8192}={0,2}$/

/**
 * An access token that does not print itself: `String(token)`, `JSON.stringify(token)` and `util.inspect(token)` all
 * give `[token]`, so that it cannot be logged by accident.
 */
export class Token {
  readonly #value: string

  /**
   * @param value The bearer token as issued.
   * @throws TypeError When it is not a `b64token` (RFC 6750 §2.1). The message never quotes it.
   */
  constructor(value: string) {
    if (!isBearerToken(value)) throw new TypeError('A bearer token has characters that RFC 6750 §2.1 does not allow')
    this.#value = value
  }

  /** The token itself, for the `Authorization` header and nothing else. */
  reveal(): string {
    return this.#value
  }

  /** Whether both are the same token. */
  equals(other: Token): boolean {
    return this.#value === other.#value
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

/** Whether a value can be presented as a bearer token (RFC 6750 §2.1). */
export function isBearerToken(value: unknown): value is string {
  return typeof value === 'string' && b64token.test(value)
}
