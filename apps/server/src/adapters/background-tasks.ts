import type { Logger } from '../log/logger.ts'

/** Work that comes round again while the server lives. One kind never overlaps itself; a failure is logged, and it comes round again. */
export class BackgroundTasks {
  readonly #logger: Logger
  readonly #stops: (() => Promise<void>)[] = []

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** @param task A constant word for the log. */
  every(seconds: number, task: string, work: () => Promise<unknown>): void {
    let running: Promise<void> | undefined
    const timer = setInterval(() => {
      running ??= this.#attempt(task, work).finally(() => {
        running = undefined
      })
    }, seconds * 1000)
    // It keeps no process alive.
    timer.unref()
    this.#stops.push(async () => {
      clearInterval(timer)
      await running
    })
  }

  /** Resolves when what was under way is over. */
  async stop(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()))
  }

  async #attempt(task: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#logger.warn('background_task_failed', { task, error })
    }
  }
}
