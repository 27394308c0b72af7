import { AuthError } from '@countersign/core'

interface Waiting {
  enter(): void
}

/** Where somebody waits: with a claim, or without. */
type Line = 'claimed' | 'open'

/** Slots and places that one claimant takes of those that no stranger can have. */
const placesOfOne = 4
/** Turns in a row that go to claimants while strangers wait. */
const turnsInARow = 4

/**
 * Limits concurrent work that is expensive by intent: so many at once, so many that wait, the next one is refused. Who goes
 * away while waiting gives up the place, and nothing is done for nobody (N-026, N-027).
 *
 * A claim is whatever sets a caller apart from strangers. Strangers never have the last of three or more slots, nor any of
 * the claimants' places: however many of them come, a claimant begins at once, or waits for one of theirs to end (N-348).
 */
export class HashSlots {
  readonly #concurrency: number
  readonly #places: Readonly<Record<Line, number>>
  readonly #queues: Readonly<Record<Line, Waiting[]>> = { claimed: [], open: [] }
  readonly #busy: Record<Line, number> = { claimed: 0, open: 0 }
  readonly #claims = new Map<string, number>()
  #claimedTurns = 0

  /** @param queueLength Strangers that may wait. As many claimants may wait besides, and `placesOfOne` at least. */
  constructor(concurrency: number, queueLength: number) {
    this.#concurrency = concurrency
    this.#places = { open: queueLength, claimed: Math.max(queueLength, placesOfOne) }
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#queues.claimed.length + this.#queues.open.length
  }

  /**
   * @param claim Default is a stranger. One claim counts for `placesOfOne` at once; whoever comes beyond is a stranger.
   * @throws AuthError `overloaded`, and then `work` was not called.
   * @throws the signal's reason if it aborted before the turn came.
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined, claim?: string): Promise<T> {
    signal?.throwIfAborted()
    const held = claim === undefined ? 0 : (this.#claims.get(claim) ?? 0)
    if (claim === undefined || held >= placesOfOne) return this.#runIn('open', work, signal)
    this.#claims.set(claim, held + 1)
    try {
      return await this.#runIn('claimed', work, signal)
    } finally {
      const left = (this.#claims.get(claim) ?? 1) - 1
      if (left === 0) this.#claims.delete(claim)
      else this.#claims.set(claim, left)
    }
  }

  async #runIn<T>(line: Line, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.#mayBegin(line)) this.#busy[line]++
    else await this.#turn(line, signal)
    try {
      return await work()
    } finally {
      this.#busy[line]--
      this.#admit()
    }
  }

  #mayBegin(line: Line): boolean {
    if (this.#busy.claimed + this.#busy.open >= this.#concurrency) return false
    return line === 'claimed' || this.#concurrency <= 2 || this.#busy.open < this.#concurrency - 1
  }

  /** A slot goes from hand to hand: whoever comes in between cannot overtake those who wait. */
  #admit(): void {
    const openMay = this.#queues.open.length > 0 && this.#mayBegin('open')
    const claimedMay = this.#queues.claimed.length > 0 && this.#mayBegin('claimed')
    if (!openMay && !claimedMay) return
    const line = claimedMay && !(openMay && this.#claimedTurns >= turnsInARow) ? 'claimed' : 'open'
    this.#claimedTurns = line === 'claimed' ? this.#claimedTurns + 1 : 0
    this.#busy[line]++
    this.#queues[line].shift()?.enter()
  }

  #turn(line: Line, signal: AbortSignal | undefined): Promise<void> {
    const queue = this.#queues[line]
    if (queue.length >= this.#places[line]) throw new AuthError('overloaded', { retryAfterSeconds: 1 })
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.splice(queue.indexOf(waiting), 1)
        reject(signal?.reason)
      }
      const waiting: Waiting = {
        enter() {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      queue.push(waiting)
    })
  }
}
