import { type Clock, systemClock } from '../model/clock.ts'

/** The clock of the runtime, which a test can advance. Waits are real. */
export interface AdvancedClock extends Clock {
  advance(seconds: number): void
}

export function advancedClock(): AdvancedClock {
  let ahead = 0
  return {
    advance(seconds) {
      ahead += seconds
    },
    epochSeconds: () => systemClock.epochSeconds() + ahead,
    elapsedSeconds: () => systemClock.elapsedSeconds() + ahead,
    wait: systemClock.wait,
  }
}
