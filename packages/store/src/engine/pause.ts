import { setTimeout } from 'node:timers/promises'

/** Waiting on a timer, as a port: in tests no time passes. */
export interface Pause {
  /** A clock that never steps. Milliseconds since anything. */
  elapsedMilliseconds(): number
  wait(milliseconds: number): Promise<void>
}

export const timerPause: Pause = {
  elapsedMilliseconds: () => performance.now(),
  wait: (milliseconds) => setTimeout(milliseconds),
}
