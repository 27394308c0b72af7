/** Random choices that a seed repeats. The seed chooses when a kill happens; what the server does at that time is not repeated. */
export class Seeded {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** From 0 up to `limit`, whole. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)]
  }

  /** Some of them, each at most once. */
  sample<T>(items: readonly T[], count: number): readonly T[] {
    if (items.length <= count) return items
    const places = new Set<number>()
    while (places.size < count) places.add(this.below(items.length))
    return [...places].map((place) => items[place] as T)
  }
}
