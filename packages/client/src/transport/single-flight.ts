/** Work that runs at most once at a time. */
export interface SingleFlight<Arguments extends unknown[], Result> {
  /**
   * A call while the work runs gets the same promise. The arguments of the first call apply; later callers must check
   * that the result suits them.
   */
  (...args: Arguments): Promise<Result>
  /** Resolves when nothing runs, after success or failure. */
  settled(): Promise<void>
}

/** Turns work into work that runs at most once at a time. */
export function singleFlight<Arguments extends unknown[], Result>(
  work: (...args: Arguments) => Promise<Result>,
): SingleFlight<Arguments, Result> {
  let running: Promise<Result> | undefined
  const join = (...args: Arguments): Promise<Result> => {
    if (running) return running
    const started = work(...args).finally(() => {
      if (running === started) running = undefined
    })
    running = started
    return started
  }
  const settled = async (): Promise<void> => {
    while (running) await Promise.allSettled([running])
  }
  return Object.assign(join, { settled })
}

/**
 * Stops waiting for shared work when the signal aborts; the work continues for other callers.
 *
 * @param work Not started if the signal has already aborted.
 */
export async function untilAborted<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
