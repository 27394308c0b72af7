import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareSamples, median } from './mann-whitney.ts'

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)

/** U by its definition: the pairs in which the first is the larger, and half of those that are equal. */
const pairsWon = (first: readonly number[], second: readonly number[]): number =>
  first.reduce((sum, a) => sum + second.filter((b) => b < a).length + second.filter((b) => b === a).length / 2, 0)

/** Every way to choose `count` of the places below `of`. */
function* choices(of: number, count: number, from = 0): Generator<readonly number[]> {
  if (count === 0) yield []
  else
    for (let first = from; first <= of - count; first++)
      for (const rest of choices(of, count - 1, first + 1)) yield [first, ...rest]
}

/** How many of all ways to deal these values into two samples set them at least this far apart: what p approximates. */
function exactP(first: readonly number[], second: readonly number[]): number {
  const all = [...first, ...second]
  const mean = (first.length * second.length) / 2
  const distance = Math.abs(pairsWon(first, second) - mean)
  let [ways, asFar] = [0, 0]
  for (const places of choices(all.length, first.length)) {
    const chosen = new Set(places)
    const u = pairsWon(
      all.filter((_, i) => chosen.has(i)),
      all.filter((_, i) => !chosen.has(i)),
    )
    ways++
    if (Math.abs(u - mean) >= distance - 1e-9) asFar++
  }
  return asFar / ways
}

describe('the Mann–Whitney U test', () => {
  it('is close to the exact value by enumeration', () => {
    const twelve = fc.shuffledSubarray(range(0, 40), { minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(twelve, (values) => {
        const [one, other] = [values.slice(0, 6), values.slice(6)]
        expect(Math.abs(compareSamples(one, other).p - exactP(one, other))).toBeLessThan(0.02)
      }),
      { numRuns: 50 },
    )
  })

  // By hand: U is 8 of 36, its mean 18. The ties (2, 4, 4, 2) subtract 132 / 132 from 13, so the deviation is √(36 / 12 × 12) = 6.
  // z = (10 − ½) / 6 = 1.5833, and each tail is 0.0567.
  it('corrects for ties', () => {
    const [one, other] = [
      [1, 1, 2, 2, 3, 3],
      [2, 2, 3, 3, 4, 4],
    ]
    expect(pairsWon(one, other)).toBe(8)
    expect(compareSamples(one, other).p).toBeCloseTo(0.1133, 3)
  })

  it('finds a shift, with a smaller p for a larger sample, and none where there is none', () => {
    const shifted = (count: number) => compareSamples(range(0, count), range(3, count)).p
    expect(shifted(10)).toBeGreaterThan(0.01)
    expect(compareSamples(range(0, 20), range(15, 25)).p).toBeLessThan(1e-6)
    expect(compareSamples(range(0, 100), range(0, 100)).p).toBeCloseTo(1, 6)
  })

  it('is symmetric', () => {
    const sample = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 5, maxLength: 50 })
    fc.assert(
      fc.property(sample, sample, (one, other) => {
        const [there, back] = [compareSamples(one, other), compareSamples(other, one)]
        expect(there.p).toBeCloseTo(back.p, 9)
        expect(there.medianDifference).toBeCloseTo(-back.medianDifference, 9)
      }),
    )
  })

  it('takes the mean of the two middle values as the median of an even number', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
  })
})
