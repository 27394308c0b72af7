import type { Clock, Random } from '../transport/clock.ts'

/** A clock that stands still until a test moves it. Pauses pass at once; deadlines, which have a signal, wait. */
export interface ManualClock extends Clock {
  /** Time goes by: what waits for it goes on. */
  advance(seconds: number): void
  /** Somebody sets the wall clock; no time goes by. */
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

/** Bytes that count up, so that keys differ and jitter is known. */
export function countingRandom(): Random {
  let next = 0
  return { bytes: (count) => Uint8Array.from({ length: count }, () => next++ % 256) }
}
