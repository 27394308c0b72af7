import { AuthError } from '@countersign/core'

interface Waiting {
  enter(): void
}

/**
 * Bounds work that is expensive by intent: so many at once, so many that wait, the next one is refused. Who goes away
 * while waiting gives up the place, and nothing is done for nobody (N-026, N-027).
 */
export class HashSlots {
  readonly #concurrency: number
  readonly #queueLength: number
  readonly #waiting: Waiting[] = []
  #busy = 0

  constructor(concurrency: number, queueLength: number) {
    this.#concurrency = concurrency
    this.#queueLength = queueLength
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * @throws AuthError `overloaded`, and then `work` was not called.
   * @throws the signal's reason if it aborted before the turn came.
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted()
    if (this.#busy >= this.#concurrency) await this.#turn(signal)
    else this.#busy++
    try {
      return await work()
    } finally {
      // A slot goes from hand to hand: whoever comes in between cannot overtake those who wait.
      const next = this.#waiting.shift()
      if (next) next.enter()
      else this.#busy--
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.length >= this.#queueLength) throw new AuthError('overloaded', { retryAfterSeconds: 1 })
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(signal?.reason)
      }
      const waiting: Waiting = {
        enter() {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(waiting)
    })
  }
}
