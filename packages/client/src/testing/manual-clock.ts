import type { Clock, Random } from '../transport/clock.ts'

/** A clock that a test moves. Pauses end at once; waits with a signal (deadlines) last until the clock reaches them. */
export interface ManualClock extends Clock {
  /** Advances the time, and resumes the waits that are due. */
  advance(seconds: number): void
  /** Sets the wall clock without advancing the time. */
  setWallClock(epochSeconds: number): void
  /** Every pause that was skipped, in order. */
  readonly pauses: readonly number[]
}

export function manualClock(): ManualClock {
  let elapsed = 1000
  let epoch = 1_800_000_000
  const pauses: number[] = []
  let waiting: { at: number; go: () => void }[] = []
  const advance = (seconds: number) => {
    elapsed += seconds
    epoch += seconds
    const due = waiting.filter(({ at }) => at <= elapsed)
    waiting = waiting.filter(({ at }) => at > elapsed)
    for (const { go } of due) go()
  }
  return {
    pauses,
    advance,
    epochSeconds: () => epoch,
    elapsedSeconds: () => elapsed,
    setWallClock: (epochSeconds) => {
      epoch = epochSeconds
    },
    wait: async (seconds, signal) => {
      if (!signal) {
        pauses.push(seconds)
        return advance(seconds)
      }
      await new Promise<void>((go) => {
        waiting.push({ at: elapsed + seconds, go })
        signal.addEventListener('abort', () => go())
      })
    },
  }
}

/** Returns counting bytes, so that keys differ and jitter is known. */
export function countingRandom(): Random {
  let next = 0
  return { bytes: (count) => Uint8Array.from({ length: count }, () => next++ % 256) }
}
