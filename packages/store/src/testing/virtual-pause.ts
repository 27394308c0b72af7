import type { Pause } from '../engine/pause.ts'

/** Waits take no time: each moves a clock of its own, and yields a turn of the event loop. */
export class VirtualPause implements Pause {
  elapsed = 0
  waits = 0
  /** Called after each wait. */
  afterwards: (elapsed: number) => void = () => {}

  elapsedMilliseconds(): number {
    return this.elapsed
  }

  async wait(milliseconds: number): Promise<void> {
    this.elapsed += milliseconds
    this.waits++
    await new Promise((resolve) => setImmediate(resolve))
    this.afterwards(this.elapsed)
  }
}
