/** The result of a test whether one of two samples tends to be larger. */
export interface RankTest {
  /** The two-sided p-value: how often two samples of the same distribution would differ this much. */
  readonly p: number
  /** The median of the first sample minus that of the second. */
  readonly medianDifference: number
}

/**
 * The Mann–Whitney U test (Mann and Whitney 1947), by the normal approximation with correction for ties and continuity:
 * for 20 values or more on each side. It assumes no distribution, as times require.
 */
export function compareSamples(first: readonly number[], second: readonly number[]): RankTest {
  const [m, n] = [first.length, second.length]
  const all = [...first.map((value) => ({ value, of: 0 })), ...second.map((value) => ({ value, of: 1 }))]
  all.sort((a, b) => a.value - b.value)
  let rankSum = 0
  let ties = 0
  for (let at = 0; at < all.length; ) {
    let end = at
    while (end < all.length && all[end]?.value === all[at]?.value) end++
    const count = end - at
    // Equal values share the mean of their ranks, which begin at 1.
    const rank = (at + 1 + end) / 2
    for (let i = at; i < end; i++) if (all[i]?.of === 0) rankSum += rank
    ties += count ** 3 - count
    at = end
  }
  const u = rankSum - (m * (m + 1)) / 2
  const mean = (m * n) / 2
  const total = m + n
  const deviation = Math.sqrt(((m * n) / 12) * (total + 1 - ties / (total * (total - 1))))
  const distance = Math.max(0, Math.abs(u - mean) - 0.5)
  const p = deviation === 0 ? 1 : Math.min(1, 2 * upperTail(distance / deviation))
  return { p, medianDifference: median(first) - median(second) }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}

/** The upper tail of the standard normal distribution (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
function upperTail(z: number): number {
  const x = z / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return (series * Math.exp(-x * x)) / 2
}
