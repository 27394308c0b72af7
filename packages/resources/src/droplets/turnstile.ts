/** Lets a few through at a time; the others wait in line, and nobody joins a line that is too long. */
export interface Turnstile {
  /** @throws What the task throws; the signal's reason if it is raised while waiting; `TurnstileError`. */
  pass<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>
}

/** The line is full. */
export class TurnstileError extends Error {
  constructor() {
    super('too many calls are waiting')
    this.name = 'TurnstileError'
  }
}

/** @param most How many at the same time. @param mostWaiting How many in the line. */
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
        // Whoever is next takes the place over: nobody slips in between.
        const next = line.shift()
        if (next) next()
        else inside--
      }
    },
  }
}
