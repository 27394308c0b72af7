import type { Clock, Marks } from '@countersign/core'

/** Where time is read; a test puts its own in. Both in milliseconds. */
export interface TimeSource {
  /** Of the epoch; may jump. */
  wall(): number
  /** Of some moment; never jumps. */
  monotonic(): number
}

export const systemTime: TimeSource = { wall: () => Date.now(), monotonic: () => performance.now() }

/** How far the two clocks may run apart while the wall clock is slewed (NTP allows 500 ppm), and what reading them costs. */
const slack = { milliseconds: 2_000, rate: 0.001 } as const

/** A clock that is further behind the mark than this is worth a warning. */
export const tolerableLagSeconds = 60

/**
 * The wall clock with a high-water mark (S13): what was expired stays expired when the clock is set back, in this
 * process and, since the mark is stored, in the next one.
 *
 * A jump forward is believed while it lasts (tokens expire by it) but never raises the mark further than the monotonic
 * clock confirms: a clock that was a year ahead for a minute must not cost everybody a year of tokens.
 */
export class SystemClock implements Clock {
  readonly #time: TimeSource
  /** A moment that both clocks agree about: from here on the monotonic one judges the other. */
  #anchor: { readonly wall: number; readonly monotonic: number }
  /** Milliseconds of the epoch. */
  #mark: number
  /** What this process last saw stored, epoch seconds. */
  #stored: number

  /** @param highWater The stored mark, epoch seconds. */
  constructor(highWater: number, time: TimeSource = systemTime) {
    this.#time = time
    this.#anchor = { wall: time.wall(), monotonic: time.monotonic() }
    this.#mark = highWater * 1000
    this.#stored = highWater
  }

  now(): number {
    return Math.floor(this.#time.wall() / 1000)
  }

  latest(): number {
    const wall = this.#time.wall()
    this.#raise(wall)
    return Math.floor(Math.max(wall, this.#mark) / 1000)
  }

  /** How many seconds the wall clock is behind the mark; 0 if it is not. */
  lagSeconds(): number {
    return Math.max(0, this.latest() - this.now())
  }

  /**
   * Stores the mark, and hears of what other processes stored. A mark lower than the one seen before was reset by the
   * administrator (`doctor --reset-clock`), who vouches for the wall clock: this process then takes it as it is.
   */
  async exchange(marks: Pick<Marks, 'highWater' | 'raiseHighWater'>): Promise<void> {
    const stored = await marks.highWater()
    if (stored < this.#stored) {
      this.#anchor = { wall: this.#time.wall(), monotonic: this.#time.monotonic() }
      this.#mark = stored * 1000
    }
    this.#raise(this.#time.wall())
    this.#mark = Math.max(this.#mark, stored * 1000)
    const mark = Math.floor(this.#mark / 1000)
    if (mark > stored) await marks.raiseHighWater(mark)
    this.#stored = Math.max(mark, stored)
  }

  #raise(wall: number): void {
    const elapsed = this.#time.monotonic() - this.#anchor.monotonic
    const confirmed = this.#anchor.wall + elapsed * (1 + slack.rate) + slack.milliseconds
    this.#mark = Math.max(this.#mark, Math.min(wall, confirmed))
  }
}
