import { describe, expect, it } from 'vitest'
import { isRotationDue, nextRotationAt } from './key-schedule.ts'

const day = 86_400
const start = 1_800_000_000
const set = (activatesAt: number, given: { supersededAt?: number; revokedAt?: number } = {}) => ({
  activatesAt,
  supersededAt: given.supersededAt,
  revokedAt: given.revokedAt,
})
const quarterly = { days: 90 }

describe('the schedule of key sets', () => {
  it('counts the term of the newest set from its activation', () => {
    const sets = [set(start - 500 * day, { supersededAt: start }), set(start)]
    expect(nextRotationAt(sets, quarterly)).toBe(start + 90 * day)
    expect(isRotationDue(sets, quarterly, start + 90 * day - 1)).toBe(false)
    expect(isRotationDue(sets, quarterly, start + 90 * day)).toBe(true)
  })

  it('has no next set where it is off, and where no set is usable', () => {
    expect(nextRotationAt([set(start)], { days: 0 })).toBeUndefined()
    expect(isRotationDue([set(start)], { days: 0 }, start + 10_000 * day)).toBe(false)
    expect(nextRotationAt([set(start, { revokedAt: start })], quarterly)).toBeUndefined()
    expect(nextRotationAt([], quarterly)).toBeUndefined()
  })

  it('does not wait for a set that a wrong clock has dated years ahead', () => {
    const sets = [set(start, { supersededAt: start + 3650 * day }), set(start + 3650 * day)]
    expect(isRotationDue(sets, quarterly, start)).toBe(true)
    // Ahead by less than a term: it comes to sign by itself.
    expect(isRotationDue([set(start + 89 * day)], quarterly, start)).toBe(false)
  })
})
