// When requests are sent, and of which kind. The same seed gives the same schedule, so that two runs get the same load.

/** Numbers from 0 to below 1 by a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * The milliseconds at which requests are due, from 0 to the end: arrivals of many independent callers (a Poisson process),
 * whose gaps are distributed exponentially.
 */
export function arrivals(perSecond: number, seconds: number, random: () => number): Float64Array {
  const times: number[] = []
  const meanGap = 1000 / perSecond
  for (let at = gap(meanGap, random); at < seconds * 1000; at += gap(meanGap, random)) times.push(at)
  return Float64Array.from(times)
}

const gap = (mean: number, random: () => number): number => -Math.log(1 - random()) * mean

/** Chooses one of several kinds, each as often as its share says. */
export function chooser(shares: readonly number[], random: () => number): () => number {
  const total = shares.reduce((sum, share) => sum + share, 0)
  return () => {
    let left = random() * total
    for (const [kind, share] of shares.entries()) {
      left -= share
      if (left < 0) return kind
    }
    return shares.length - 1
  }
}
