/** Time of the load process. A test replaces it. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  now(): number
  /** Resolves at this time or soon after it, and lets answers be read meanwhile. */
  until(time: number): Promise<void>
}

/** A timer of Node.js is late by up to a millisecond. Before it is due, the turns of the event loop are counted. */
const timerSlack = 2

export const systemClock: Clock = {
  now: () => performance.now(),
  async until(time) {
    const rest = time - performance.now()
    if (rest > timerSlack) await new Promise((resolve) => setTimeout(resolve, rest - timerSlack))
    while (performance.now() < time) await new Promise((resolve) => setImmediate(resolve))
  },
}
