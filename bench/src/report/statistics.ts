// How sure a change is. Ratios are compared by their logarithms: then a doubling and a halving are equally far from no change.

export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Of a sample. */
const variance = (values: readonly number[]): number => {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)
}

/** Two-sided 95 % quantiles of Student's t distribution, for 1 to 10 degrees of freedom. */
const tabled = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
const normal = 1.959964

/** The two-sided 95 % quantile of Student's t distribution; beyond the table by its expansion (Abramowitz and Stegun 26.7.5). */
export function studentQuantile(degrees: number): number {
  const whole = Math.max(1, Math.floor(degrees))
  const known = tabled[whole - 1]
  if (known !== undefined) return known
  const z = normal
  return z + (z ** 3 + z) / (4 * whole) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * whole ** 2)
}

/**
 * The factor from the first sample to the second with its 95 % interval, by Welch's t test of the logarithms. The samples may
 * differ in size and spread.
 *
 * @returns `undefined` if a sample has fewer than two values, or a value that is not above 0.
 */
export function change(before: readonly number[], after: readonly number[]): Interval | undefined {
  if (before.length < 2 || after.length < 2 || [...before, ...after].some((value) => !(value > 0))) return undefined
  const [one, other] = [before.map(Math.log), after.map(Math.log)]
  const [a, b] = [variance(one) / one.length, variance(other) / other.length]
  const spread = Math.sqrt(a + b)
  const degrees = (a + b) ** 2 / (a ** 2 / (one.length - 1) + b ** 2 / (other.length - 1))
  return around(mean(other) - mean(one), spread === 0 ? 0 : studentQuantile(degrees) * spread)
}

/**
 * The factor between two measurements that were taken in turns, by Student's t test of the logarithms of the pairs' ratios.
 *
 * @param ratios Of each round: the one by the other.
 */
export function pairedChange(ratios: readonly number[]): Interval | undefined {
  if (ratios.length < 2 || ratios.some((ratio) => !(ratio > 0))) return undefined
  const logarithms = ratios.map(Math.log)
  const spread = Math.sqrt(variance(logarithms) / logarithms.length)
  return around(mean(logarithms), studentQuantile(ratios.length - 1) * spread)
}

const around = (middle: number, margin: number): Interval => ({
  estimate: Math.exp(middle),
  low: Math.exp(middle - margin),
  high: Math.exp(middle + margin),
})

/** Whether the interval excludes a factor of 1. */
export const isCertain = ({ low, high }: Interval): boolean => low > 1 || high < 1
