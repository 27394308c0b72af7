/** When nothing has arrived for so many milliseconds, what waits is sent on another connection. */
const patience = 3

/**
 * When what waits together is sent: at the end of the turn of the event loop, and while something is on its way, when that has arrived. So
 * what is busier sends more at once. A connection that stalls holds the others back for `patience`.
 */
export class Departures {
  readonly #isWaiting: () => boolean
  readonly #send: () => Promise<void>
  readonly #most: number
  /** Whether it is sent at the end of this turn. */
  #isDue = false
  #onTheirWay = 0
  #impatience: NodeJS.Timeout | undefined

  /**
   * @param isWaiting Whether anything waits.
   * @param send Sends what waits. Resolves when the answer has arrived. It does not reject.
   * @param most How many are on their way at most.
   */
  constructor(isWaiting: () => boolean, send: () => Promise<void>, most: number) {
    this.#isWaiting = isWaiting
    this.#send = send
    this.#most = most
  }

  /** To be called when something begins to wait. */
  announce(): void {
    if (this.#isDue) return
    if (this.#onTheirWay === 0) this.#sendSoon()
    else if (this.#onTheirWay < this.#most) this.#impatience ??= setTimeout(() => this.#sendAnother(), patience)
  }

  #sendAnother(): void {
    this.#impatience = undefined
    this.#sendSoon()
  }

  #sendSoon(): void {
    if (this.#isDue || !this.#isWaiting()) return
    this.#isDue = true
    this.#onTheirWay++
    setImmediate(() => {
      this.#isDue = false
      void this.#send().finally(() => this.#arrived())
      // More than can go at once.
      if (this.#isWaiting()) this.announce()
    })
  }

  #arrived(): void {
    this.#onTheirWay--
    clearTimeout(this.#impatience)
    this.#impatience = undefined
    this.#sendSoon()
  }
}
