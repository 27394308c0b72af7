/**
 * A secret on its way to its owner. It prints `[token]` however it is printed, so that it cannot be logged by
 * accident; only a wire file calls `reveal`.
 */
export class PlainToken {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The secret itself: only for the response that shows it once. */
  reveal(): string {
    return this.#value
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
