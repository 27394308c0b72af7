/**
 * Turns work into work that runs once at a time: whoever calls while it runs gets the same promise.
 * The arguments of the call that started it count; those who join must check that the result suits them.
 */
export function singleFlight<Arguments extends unknown[], Result>(
  work: (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result> {
  let running: Promise<Result> | undefined
  return (...args) => {
    if (running) return running
    const started = work(...args).finally(() => {
      if (running === started) running = undefined
    })
    running = started
    return started
  }
}

/** Waits for shared work only as long as this caller wants; the work goes on for the others. */
export async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
