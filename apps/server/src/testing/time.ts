import type { TimeSource } from '../adapters/system-clock.ts'

/** Clocks that stand still until a test advances them. Both advance together. */
export class ManualTime implements TimeSource {
  #milliseconds: number

  /** @param milliseconds Since the epoch. Default is a moment in 2027. */
  constructor(milliseconds = 1_800_000_000_000) {
    this.#milliseconds = milliseconds
  }

  /** Epoch seconds. */
  now(): number {
    return Math.floor(this.wall() / 1000)
  }

  wall(): number {
    return this.#milliseconds
  }

  monotonic(): number {
    return this.#milliseconds
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

  /** Epoch seconds. */
  now(): number {
    return Math.floor(this.wall() / 1000)
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
