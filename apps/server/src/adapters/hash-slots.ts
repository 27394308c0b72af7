import { AuthError } from '@countersign/core'

interface Waiting {
  enter(): void
}

/** The two queues: callers with a claim, and unknown callers. */
type QueueName = 'claimed' | 'open'

/** Slots and queue places that one claim may take of those reserved for claims. */
const slotsPerClaim = 4
/** Consecutive turns for claims while unknown callers wait. */
const consecutiveClaimedTurns = 4

/**
 * Limits concurrent password hashes; queues up to N more and rejects the rest. A caller that disconnects while waiting
 * gives up its place, and no hash is computed for it (N-026, N-027).
 *
 * A claim identifies a caller that is not unknown. Unknown callers never take the last of three or more slots, nor a
 * queue place reserved for claims. However many of them there are, a caller with a claim starts at once or waits for
 * one of them to finish (N-348).
 */
export class HashSlots {
  readonly #concurrency: number
  readonly #places: Readonly<Record<QueueName, number>>
  readonly #queues: Readonly<Record<QueueName, Waiting[]>> = { claimed: [], open: [] }
  readonly #busy: Record<QueueName, number> = { claimed: 0, open: 0 }
  readonly #claims = new Map<string, number>()
  #claimedTurns = 0

  /**
   * @param queueLength Unknown callers that may wait. As many callers with a claim may wait as well, and at least
   *   `slotsPerClaim`.
   */
  constructor(concurrency: number, queueLength: number) {
    this.#concurrency = concurrency
    this.#places = { open: queueLength, claimed: Math.max(queueLength, slotsPerClaim) }
  }

  /** Number of waiting callers. */
  get waiting(): number {
    return this.#queues.claimed.length + this.#queues.open.length
  }

  /**
   * Runs `work` when a slot is free.
   *
   * @param claim Without one, the caller is unknown. One claim counts for `slotsPerClaim` calls at once; further calls
   *   count as unknown.
   * @throws AuthError `overloaded`; `work` was not called.
   * @throws the signal's reason if it aborted while the call waited.
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined, claim?: string): Promise<T> {
    signal?.throwIfAborted()
    const held = claim === undefined ? 0 : (this.#claims.get(claim) ?? 0)
    if (claim === undefined || held >= slotsPerClaim) return this.#runIn('open', work, signal)
    this.#claims.set(claim, held + 1)
    try {
      return await this.#runIn('claimed', work, signal)
    } finally {
      const left = (this.#claims.get(claim) ?? 1) - 1
      if (left === 0) this.#claims.delete(claim)
      else this.#claims.set(claim, left)
    }
  }

  async #runIn<T>(line: QueueName, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.#canStart(line)) this.#busy[line]++
    else await this.#turn(line, signal)
    try {
      return await work()
    } finally {
      this.#busy[line]--
      this.#admit()
    }
  }

  #canStart(line: QueueName): boolean {
    if (this.#busy.claimed + this.#busy.open >= this.#concurrency) return false
    return line === 'claimed' || this.#concurrency <= 2 || this.#busy.open < this.#concurrency - 1
  }

  /** A free slot is handed to a waiting caller directly, so that a new caller cannot overtake the queue. */
  #admit(): void {
    const openCanStart = this.#queues.open.length > 0 && this.#canStart('open')
    const claimedCanStart = this.#queues.claimed.length > 0 && this.#canStart('claimed')
    if (!openCanStart && !claimedCanStart) return
    const line =
      claimedCanStart && !(openCanStart && this.#claimedTurns >= consecutiveClaimedTurns) ? 'claimed' : 'open'
    this.#claimedTurns = line === 'claimed' ? this.#claimedTurns + 1 : 0
    this.#busy[line]++
    this.#queues[line].shift()?.enter()
  }

  #turn(line: QueueName, signal: AbortSignal | undefined): Promise<void> {
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
