import { describe, expect, it } from 'vitest'
import { DatabaseClock } from './database-clock.ts'

/** The clock of this machine goes on by `took` milliseconds while the database is asked. */
const compared = async (theirs: number | undefined, took = 0) => {
  let wall = 100_000
  const ask = async () => {
    wall += took
    return theirs
  }
  const clock = new DatabaseClock(ask, { wall: () => wall })
  await clock.compare()
  return clock
}

describe('the clock of a database', () => {
  it('may differ by five seconds', async () => {
    for (const [theirs, tolerable] of [
      [105_000, true],
      [105_001, false],
      [95_000, true],
      [94_999, false],
    ] as const) {
      expect((await compared(theirs)).isTolerable, `${theirs}`).toBe(tolerable)
    }
  })

  it('differs by nothing that the way of the answer explains', async () => {
    expect((await compared(107_000, 8000)).offsetSeconds).toBe(0)
    expect((await compared(114_000, 8000)).offsetSeconds).toBe(6)
  })

  it('is that of this machine where the database has none', async () => {
    expect(await compared(undefined)).toMatchObject({ offsetSeconds: 0, isTolerable: true })
  })
})
