import type { Logger } from '../log/logger.ts'

/**
 * Periodic background tasks. A task never overlaps with itself; a failure is logged, and the task runs again next time.
 */
export class BackgroundTasks {
  readonly #logger: Logger
  readonly #failures = new Map<string, number>()
  readonly #stops: (() => Promise<void>)[] = []
  readonly #stopping = new AbortController()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** How often each task failed. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures
  }

  /**
   * @param task A constant name for the log.
   * @param work Is given a signal that is aborted when the tasks are stopped, so that long work ends early.
   */
  every(seconds: number, task: string, work: (signal: AbortSignal) => Promise<unknown>): void {
    this.#failures.set(task, 0)
    let running: Promise<void> | undefined
    const timer = setInterval(() => {
      running ??= this.#attempt(task, () => work(this.#stopping.signal)).finally(() => {
        running = undefined
      })
    }, seconds * 1000)
    // The timer does not keep the process alive.
    timer.unref()
    this.#stops.push(async () => {
      clearInterval(timer)
      await running
    })
  }

  /** Stops all timers. Resolves when running tasks have finished. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#stops.splice(0).map((stop) => stop()))
  }

  async #attempt(task: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#failures.set(task, (this.#failures.get(task) ?? 0) + 1)
      this.#logger.warn('background_task_failed', { task, error })
    }
  }
}
