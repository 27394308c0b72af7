import type { Clock } from '../model/clock.ts'
import { isPosition, readRevocation } from './revocation.ts'
import type { Revoked } from './revoked.ts'

/** What was read does not follow on what is known: the feed must be read again from the own position. */
export class FeedFault extends Error {
  override readonly name = 'FeedFault'
}

/**
 * How far the feed was read, and as of when everything in it is known. It decides what an event or a page means; it does
 * no input or output.
 */
export class FeedPosition {
  readonly #revoked: Revoked
  readonly #clock: Clock
  #feed: string | undefined
  #position = 0
  #isComplete = false
  #freshAsOf = Number.NEGATIVE_INFINITY

  constructor(revoked: Revoked, clock: Clock) {
    this.#revoked = revoked
    this.#clock = clock
  }

  /** The sequence of the last entry that is known, or looked at. */
  get position(): number {
    return this.#position
  }

  /** The elapsed seconds of the clock as of which everything is known. */
  get freshAsOf(): number {
    return this.#isComplete ? this.#freshAsOf : Number.NEGATIVE_INFINITY
  }

  get feed(): string | undefined {
    return this.#feed
  }

  /** Reads again from the start: until the end, nothing is known to be complete. */
  restart(): void {
    this.#position = 0
    this.#isComplete = false
    this.#freshAsOf = Number.NEGATIVE_INFINITY
  }

  /**
   * Which feed is read. After a restore it is another one.
   *
   * @throws FeedFault if a position in another feed was asked for.
   */
  identify(feed: unknown): void {
    if (typeof feed !== 'string' || feed === '' || feed.length > 128) throw new FeedFault('it has no feed id')
    if (feed === this.#feed) return
    const isKnown = this.#feed !== undefined
    this.#feed = feed
    if (!isKnown) return
    // What was revoked stays refused: a restore must not make a token good again that a caller was told is not.
    this.#revoked.forgetAnswers()
    const wasAsked = this.#position
    this.restart()
    if (wasAsked > 0) throw new FeedFault('it is another feed')
  }

  /** @throws FeedFault if the entry does not follow on the position. */
  entry(value: unknown, after?: unknown): void {
    const revocation = readRevocation(value)
    if (!revocation) throw new FeedFault('it is not an entry')
    if (after !== undefined && after !== this.#position) throw new FeedFault('entries before it are missing')
    if (revocation.sequence <= this.#position) throw new FeedFault('it was read before')
    this.#revoked.add(revocation, Math.floor(this.#clock.epochSeconds()))
    this.#position = revocation.sequence
  }

  /**
   * Everything up to `next` was seen, as of this moment.
   *
   * @throws FeedFault if `after` is not the position, or `next` is before it.
   */
  complete(next: unknown, after: unknown, asOf: number): void {
    if (!isPosition(next) || after !== this.#position || next < this.#position) {
      throw new FeedFault('entries before it are missing')
    }
    this.#position = next
    this.#isComplete = true
    // A moment in the future is none.
    this.#freshAsOf = Math.max(this.#freshAsOf, Math.min(asOf, this.#clock.elapsedSeconds()))
  }

  /** A page was looked at, and further ones follow. */
  passed(next: unknown): void {
    if (!isPosition(next) || next < this.#position) throw new FeedFault('it ends before its start')
    this.#position = next
  }
}
