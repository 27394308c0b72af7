import type { Clock } from '../ports/system/clock.ts'

/** A clock that only a test moves. Its high-water mark is kept as the real one keeps it (S13). */
export class FixedClock implements Clock {
  #now: number
  #latest: number

  /** @param now Epoch seconds. Default is 2027-01-15 08:00:00 UTC. */
  constructor(now = 1_800_000_000) {
    this.#now = now
    this.#latest = now
  }

  now(): number {
    return this.#now
  }

  latest(): number {
    return this.#latest
  }

  advance(seconds: number): void {
    this.#now += seconds
    this.#latest = Math.max(this.#latest, this.#now)
  }

  /** Steps the wall clock back; what was the latest time stays it. */
  stepBack(seconds: number): void {
    this.#now -= seconds
  }
}
