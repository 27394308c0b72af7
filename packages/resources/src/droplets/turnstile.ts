/** Limits concurrent tasks; the others wait in a queue of limited length. */
export interface Turnstile {
  /** @throws What the task throws; the signal's reason if it aborts while waiting; `TurnstileError`. */
  pass<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>
}

/** The queue is full. */
export class TurnstileError extends Error {
  constructor() {
    super('too many calls are waiting')
    this.name = 'TurnstileError'
  }
}

/** @param most Concurrent tasks. @param mostWaiting Length of the queue. */
export const turnstile = (most: number, mostWaiting: number): Turnstile => {
  let inside = 0
  const line: (() => void)[] = []

  const turn = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        line.splice(line.indexOf(enter), 1)
        reject(signal.reason)
      }
      line.push(enter)
      signal.addEventListener('abort', leave, { once: true })
    })

  return {
    async pass(task, signal) {
      signal.throwIfAborted()
      if (inside < most) inside++
      else if (line.length >= mostWaiting) throw new TurnstileError()
      else await turn(signal)
      try {
        return await task()
      } finally {
        // The free slot goes to the next waiting task directly, so that a new one cannot overtake it.
        const next = line.shift()
        if (next) next()
        else inside--
      }
    },
  }
}
