/** Work that runs once at a time. */
export interface SingleFlight<Arguments extends unknown[], Result> {
  /**
   * Whoever calls while it runs gets the same promise. The arguments of the call that started it count; those who join
   * must check that the result suits them.
   */
  (...args: Arguments): Promise<Result>
  /** Resolves when nothing runs, however it ended. */
  settled(): Promise<void>
}

/** Turns work into work that runs once at a time. */
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
 * Waits for shared work only as long as this caller wants; the work goes on for the others.
 *
 * @param work Not begun when the signal has aborted already: nobody would hear how it ended.
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
