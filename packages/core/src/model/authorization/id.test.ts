import { describe, expect, it } from 'vitest'
import { FixedClock } from '../../testing/fixed-clock.ts'
import { SeededRandom } from '../../testing/seeded-random.ts'
import { isId, newId } from './id.ts'

const random = new SeededRandom('ids')

describe('an id', () => {
  it('sorts by the second in which it was made, also after 2038 and 2106', () => {
    const clock = new FixedClock(1_800_000_000)
    const ids = [0, 1, 1000, 400_000_000, 5_000_000_000].map((seconds) => {
      clock.advance(seconds)
      return newId(clock, random)
    })
    expect([...ids].sort()).toEqual(ids)
    for (const id of ids) expect(isId(id)).toBe(true)
  })

  it('is not made twice and does not count up', () => {
    const clock = new FixedClock()
    const ids = Array.from({ length: 10_000 }, () => newId(clock, random))
    expect(new Set(ids).size).toBe(10_000)
    expect([...ids].sort()).not.toEqual(ids)
  })

  it('has exactly one spelling', () => {
    const id = newId(new FixedClock(), random)
    const others = [
      id.toUpperCase(),
      `${id}0`,
      id.slice(1),
      ` ${id}`,
      `${id}\n`,
      `g${id.slice(1)}`,
      '',
      1,
      null,
      undefined,
    ]
    expect(isId(id)).toBe(true)
    for (const other of others) expect(isId(other) && other !== id).toBe(false)
  })
})
