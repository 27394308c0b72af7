// The revocation feed as server-sent events (WHATWG HTML §9.2).
import { type Access, AuthError, type Revocation, type UseCases } from '@countersign/core'
import { listedRevocation } from './wire/wire.ts'

type Feed = UseCases['revocationFeed']

export interface StreamOptions {
  /** A clock that only goes on, in milliseconds. */
  readonly monotonic: () => number
  /** How often a commit of another process is looked for while a stream is open. Default: 200 milliseconds. */
  readonly lookMilliseconds?: number
  /** The number of looks from one heartbeat to the next. Default: 5, so that there is one every second. */
  readonly looksPerHeartbeat?: number
  /** How many streams may be open. Default: 64. */
  readonly most?: number
}

/** How many entries are read and written at once. */
const batch = 500

/** The open streams of this process. They share what is read from the store, and one timer. */
export class RevocationStreams {
  readonly #feed: Feed
  readonly #options: Required<StreamOptions>
  readonly #open = new Set<object>()
  #stopped = false
  /** Resolved after each commit that added entries, and at each look. */
  #woken = Promise.withResolvers<void>()
  #looks = 0
  #unwatch: (() => void) | undefined
  /** What was read after a position, as of the last entry that was there. */
  readonly #read = new Map<number, Promise<readonly Revocation[]>>()
  #readAt = 0

  constructor(feed: Feed, options: StreamOptions) {
    this.#feed = feed
    this.#options = { lookMilliseconds: 200, looksPerHeartbeat: 5, most: 64, ...options }
  }

  /** How many streams are open. */
  get count(): number {
    return this.#open.size
  }

  /**
   * Opens a stream.
   *
   * @param position The one that the reader has reached.
   * @param recheck Checks the reader's token again. A rejection ends the stream.
   * @returns The events. The iterator must be ended by its reader.
   * @throws AuthError `overloaded` if as many as are permitted are open.
   */
  open(position: number, recheck: () => Promise<Access>): AsyncIterable<string> {
    if (this.#stopped || this.#open.size >= this.#options.most) {
      throw new AuthError('overloaded', {
        detail: 'Too many readers follow the revocation feed.',
        retryAfterSeconds: 1,
      })
    }
    const place = {}
    this.#enter(place)
    const events = this.#events(place, position, recheck)
    const leave = () => this.#leave(place)
    const iterator: AsyncIterator<string> = {
      async next() {
        const part = await events.next()
        if (part.done) leave()
        return part
      },
      async return() {
        leave()
        return { done: true, value: undefined }
      },
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  /** Ends every stream. */
  stop(): void {
    this.#stopped = true
    for (const place of [...this.#open]) this.#leave(place)
  }

  async *#events(place: object, start: number, recheck: () => Promise<Access>): AsyncGenerator<string, void> {
    const { monotonic, looksPerHeartbeat } = this.#options
    const began = monotonic()
    const { feed, last } = await this.#feed.state()
    yield event('feed', { feed, next: last })
    // `reached`: what was looked at. `told`: what the reader knows to have reached.
    let [reached, told] = [start, start]
    let due = 0
    let access: Access | undefined
    while (this.#open.has(place)) {
      // Before looking: what is committed while this runs wakes it again.
      const woken = this.#woken.promise
      const looked = monotonic()
      const state = await this.#feed.state()
      if (state.feed !== feed) return
      const beat = this.#looks >= due
      if (beat) access = await valid(recheck)
      const reader = access
      if (!reader) return
      if (reached < state.last) {
        // As the rules are now: they may show more than before.
        const view = await valid(() => this.#feed.viewOf(reader))
        if (!view) return
        while (reached < state.last && this.#open.has(place)) {
          const entries = await this.#listAfter(reached, state.last)
          let part = ''
          for (const entry of entries.filter(view)) {
            part += event('revocation', { ...listedRevocation(entry), after: told }, entry.sequence)
            told = entry.sequence
          }
          // What was committed after the state was read is in the list, too.
          const listed = entries.at(-1)?.sequence ?? 0
          reached = entries.length < batch ? Math.max(state.last, listed) : listed
          if (part !== '') yield part
        }
      }
      if (beat) {
        due = this.#looks + looksPerHeartbeat
        const elapsed = Math.floor(looked - began)
        yield event('heartbeat', { next: reached, after: told, elapsed_ms: elapsed }, reached)
        told = reached
      }
      await woken
    }
  }

  /** Streams at one position share one read. */
  #listAfter(position: number, last: number): Promise<readonly Revocation[]> {
    if (this.#readAt !== last) this.#read.clear()
    this.#readAt = last
    const found = this.#read.get(position) ?? this.#feed.listAfter(position, batch)
    this.#read.set(position, found)
    return found
  }

  #enter(place: object): void {
    this.#open.add(place)
    if (this.#open.size > 1) return
    const timer = setInterval(() => {
      this.#looks += 1
      this.#wake()
    }, this.#options.lookMilliseconds)
    const unwatch = this.#feed.watch(() => this.#wake())
    this.#unwatch = () => {
      clearInterval(timer)
      unwatch()
    }
  }

  #leave(place: object): void {
    if (!this.#open.delete(place)) return
    this.#wake()
    if (this.#open.size > 0) return
    this.#unwatch?.()
    this.#read.clear()
  }

  #wake(): void {
    const { resolve } = this.#woken
    this.#woken = Promise.withResolvers<void>()
    resolve()
  }
}

/** `undefined` where the token or the right has ended. */
async function valid<T>(check: () => Promise<T>): Promise<T | undefined> {
  try {
    return await check()
  } catch (error) {
    if (error instanceof AuthError) return undefined
    throw error
  }
}

const event = (name: string, data: object, id?: number): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
