/**
 * A map from texts that keeps what was used lately: two generations, of which the older is dropped when the younger has
 * half of what is allowed. Reading costs one look-up, and writes only where the entry is in the older one.
 */
export class BoundedCache<Value> {
  readonly #mostEntries: number
  readonly #mostCharacters: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()
  #characters = 0

  /**
   * @param mostEntries How many entries it has at most.
   * @param mostCharacters How many characters their keys have at most, all together.
   */
  constructor(mostEntries: number, mostCharacters: number) {
    this.#mostEntries = mostEntries
    this.#mostCharacters = mostCharacters
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): Value | undefined {
    const found = this.#young.get(key)
    if (found !== undefined) return found
    const older = this.#old.get(key)
    if (older !== undefined) this.set(key, older)
    return older
  }

  set(key: string, value: Value): void {
    this.delete(key)
    const isFull =
      this.#young.size + 1 > this.#mostEntries / 2 || this.#characters + key.length > this.#mostCharacters / 2
    if (isFull) {
      this.#old = this.#young
      this.#young = new Map()
      this.#characters = 0
    }
    this.#young.set(key, value)
    this.#characters += key.length
  }

  delete(key: string): void {
    if (this.#young.delete(key)) this.#characters -= key.length
    this.#old.delete(key)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#characters = 0
  }
}
