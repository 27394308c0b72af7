import { describe, expect, it } from 'vitest'
import { arrivals, chooser, seeded } from './schedule.ts'

describe('the schedule of an open loop', () => {
  it('is the same for the same seed, and another for another', () => {
    const times = (seed: number) => [...arrivals(50, 2, seeded(seed))]
    expect(times(7)).toEqual(times(7))
    expect(times(7)).not.toEqual(times(8))
  })

  it('has so many arrivals a second, in order, within its time', () => {
    const times = arrivals(1000, 20, seeded(1))
    expect(Math.abs(times.length / 20 - 1000)).toBeLessThan(25)
    expect([...times]).toEqual([...times].sort((one, other) => one - other))
    expect(times.at(-1)).toBeLessThan(20_000)
  })

  it('has the gaps of independent callers: as many spread as their mean', () => {
    const times = arrivals(1000, 20, seeded(2))
    const gaps = [...times].slice(1).map((time, at) => time - (times[at] ?? 0))
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
    expect(deviation / mean).toBeCloseTo(1, 1)
  })

  it('chooses each kind as often as its share says', () => {
    const choose = chooser([80, 15, 5], seeded(3))
    const counts = [0, 0, 0]
    for (let i = 0; i < 20_000; i++) {
      const kind = choose()
      counts[kind] = (counts[kind] ?? 0) + 1
    }
    const total = counts.reduce((sum, count) => sum + count, 0)
    for (const [kind, share] of [0.8, 0.15, 0.05].entries()) {
      expect(Math.abs((counts[kind] ?? 0) / total - share)).toBeLessThan(0.01)
    }
  })
})
