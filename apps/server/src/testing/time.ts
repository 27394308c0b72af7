import type { TimeSource } from '../adapters/system-clock.ts'

/** Clocks that stand still until a test advances them. Both advance together. */
export class ManualTime implements TimeSource {
  #milliseconds = 1_800_000_000_000

  wall(): number {
    return this.#milliseconds
  }

  monotonic(): number {
    return this.#milliseconds - 1_700_000_000_000
  }

  advance(seconds: number): void {
    this.#milliseconds += seconds * 1000
  }
}

/** The system's clocks, which a test can advance. */
export class AdvancedTime implements TimeSource {
  #aheadMilliseconds: number

  /** @param seconds How far the clocks are ahead from the start. Default is 0. */
  constructor(seconds = 0) {
    this.#aheadMilliseconds = seconds * 1000
  }

  wall(): number {
    return Date.now() + this.#aheadMilliseconds
  }

  monotonic(): number {
    return performance.now() + this.#aheadMilliseconds
  }

  advance(seconds: number): void {
    this.#aheadMilliseconds += seconds * 1000
  }
}
