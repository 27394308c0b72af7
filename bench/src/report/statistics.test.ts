import { describe, expect, it } from 'vitest'
import { seeded } from '../load/schedule.ts'
import { change, isCertain, pairedChange, studentQuantile } from './statistics.ts'

describe('the statistics of a change', () => {
  it('know the quantiles of the t distribution', () => {
    // NIST/SEMATECH e-Handbook of Statistical Methods 1.3.6.7.2.
    for (const [degrees, quantile] of [
      [1, 12.706],
      [4, 2.776],
      [10, 2.228],
      [11, 2.201],
      [15, 2.131],
      [30, 2.042],
      [100, 1.984],
    ] as const) {
      expect(studentQuantile(degrees)).toBeCloseTo(quantile, 2)
    }
  })

  it('give the factor between two samples, whichever is first', () => {
    const [slow, fast] = [
      [1, 1.1, 0.9, 1.05],
      [2, 2.2, 1.8, 2.1],
    ]
    const up = change(slow, fast)
    expect(up?.estimate).toBeCloseTo(2, 5)
    expect(up && isCertain(up)).toBe(true)
    const down = change(fast, slow)
    expect(down?.estimate).toBeCloseTo(0.5, 5)
    expect(down && up ? down.low * up.high : 0).toBeCloseTo(1, 5)
  })

  it('count the degrees of freedom as Welch does', () => {
    const interval = change([1, 2, 4, 8].map(Math.exp), [2, 3, 5, 9, 10].map(Math.exp))
    // The variances are 9.58 and 12.7, so there are 6.9 degrees of freedom, counted as 6.
    expect(Math.log(interval?.estimate ?? 0)).toBeCloseTo(2.05, 5)
    const error = Math.sqrt(12.7 / 5 + 9.583333 / 4)
    expect(Math.log(interval?.high ?? 0)).toBeCloseTo(2.05 + 2.447 * error, 3)
  })

  it('are wrong in about one of twenty cases without a change', () => {
    const random = seeded(11)
    const noise = () => Math.exp((random() + random() + random() - 1.5) * 0.2)
    const sample = () => Array.from({ length: 10 }, noise)
    const trials = 2000
    const certain = (interval: ReturnType<typeof change>) => (interval && isCertain(interval) ? 1 : 0)
    let [unpaired, paired] = [0, 0]
    for (let i = 0; i < trials; i++) {
      unpaired += certain(change(sample(), sample()))
      paired += certain(pairedChange(sample()))
    }
    for (const wrong of [unpaired, paired]) {
      expect(wrong / trials).toBeGreaterThan(0.03)
      expect(wrong / trials).toBeLessThan(0.07)
    }
  })

  it('say nothing about a single value, or one that is not above 0', () => {
    expect(change([1], [1, 2])).toBeUndefined()
    expect(change([1, 0], [1, 2])).toBeUndefined()
    expect(pairedChange([1])).toBeUndefined()
  })
})
