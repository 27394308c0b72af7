import type { Clock, Marks } from '@countersign/core'

/** The source of time; tests replace it. Both values are milliseconds. */
export interface TimeSource {
  /** Since the epoch; may jump. */
  wall(): number
  /** Since some fixed moment; never jumps. */
  monotonic(): number
}

export const systemTime: TimeSource = { wall: () => Date.now(), monotonic: () => performance.now() }

/**
 * How far the two clocks may diverge while the wall clock is slewed (NTP allows 500 ppm), and the cost of reading them.
 */
const slack = { milliseconds: 2_000, rate: 0.001 } as const

/** The clock is reported when it is further behind the mark than this. */
export const tolerableLagSeconds = 60

/**
 * The wall clock with a high-water mark: what has expired stays expired when the clock is set back, in this process
 * and, because the mark is stored, in the next one (S13).
 *
 * A jump forward counts while it lasts (tokens expire by it). It never raises the mark further than the monotonic clock
 * confirms; otherwise a clock that is a year ahead for a minute would take a year off every token.
 */
export class SystemClock implements Clock {
  readonly #time: TimeSource
  /** A moment at which both clocks agreed. From here the monotonic clock checks the wall clock. */
  #anchor: { readonly wall: number; readonly monotonic: number }
  /** Milliseconds since the epoch. */
  #mark: number
  /** The stored mark as this process last saw it, in epoch seconds. */
  #stored: number

  /** @param highWater The stored mark, in epoch seconds. */
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

  /** The mark alone: the time that the monotonic clock confirms. A jump of the wall clock does not count. */
  confirmed(): number {
    this.#raise(this.#time.wall())
    return Math.floor(this.#mark / 1000)
  }

  /** Seconds by which the wall clock is behind the mark, or 0. */
  lagSeconds(): number {
    return Math.max(0, this.latest() - this.now())
  }

  /**
   * Stores the mark and reads what other processes stored. If the stored mark is lower than before, the administrator
   * reset it (`doctor --reset-clock`) and vouches for the wall clock; this process then accepts the wall clock as it
   * is.
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
