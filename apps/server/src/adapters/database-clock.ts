import { systemTime, type TimeSource } from './system-clock.ts'

/** An instance whose clock differs by more from that of the database is not ready. */
export const tolerableOffsetSeconds = 5

/**
 * Compares this machine's clock with that of a database that several instances share. They compare each other's times: a token that
 * one of them has issued must not seem expired, or not valid yet, to another.
 */
export class DatabaseClock {
  readonly #ask: () => Promise<number | undefined>
  readonly #time: Pick<TimeSource, 'wall'>
  #offsetSeconds = 0

  /** @param ask Milliseconds since the epoch; `undefined` if the database has no clock of its own. */
  constructor(ask: () => Promise<number | undefined>, time: Pick<TimeSource, 'wall'> = systemTime) {
    this.#ask = ask
    this.#time = time
  }

  /** By how much they differ at least: the answer may have been on its way for any part of the time that it took. */
  async compare(): Promise<void> {
    const before = this.#time.wall()
    const theirs = await this.#ask()
    const after = this.#time.wall()
    this.#offsetSeconds = theirs === undefined ? 0 : Math.max(0, before - theirs, theirs - after) / 1000
  }

  get offsetSeconds(): number {
    return this.#offsetSeconds
  }

  get isTolerable(): boolean {
    return this.#offsetSeconds <= tolerableOffsetSeconds
  }
}
