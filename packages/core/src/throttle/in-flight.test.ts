import { describe, expect, it } from 'vitest'
import { InFlight } from './in-flight.ts'

/** Who of these has been woken, after all that was ready has run. */
const woken = async (waiting: readonly Promise<void>[]): Promise<boolean[]> => {
  const seen = waiting.map(() => false)
  for (const [at, promise] of waiting.entries()) promise.then(() => (seen[at] = true))
  await new Promise(setImmediate)
  return seen
}

describe('guesses in flight', () => {
  it('are counted per account', () => {
    const inFlight = new InFlight()
    inFlight.enter('a')
    expect([inFlight.has('a'), inFlight.has('b')]).toEqual([true, false])
    inFlight.leave('a')
    expect(inFlight.has('a')).toBe(false)
  })

  it('wake one who waits at each outcome, in the order of arrival', async () => {
    const inFlight = new InFlight()
    for (let i = 0; i < 3; i++) inFlight.enter('a')
    const waiting = [inFlight.outcome('a'), inFlight.outcome('a'), inFlight.outcome('a')]
    inFlight.leave('a')
    expect(await woken(waiting)).toEqual([true, false, false])
    inFlight.leave('a')
    expect(await woken(waiting)).toEqual([true, true, false])
  })

  it('wake every waiting caller at the last outcome, so that none waits forever', async () => {
    const inFlight = new InFlight()
    inFlight.enter('a')
    const waiting = Array.from({ length: 50 }, () => inFlight.outcome('a'))
    inFlight.leave('a')
    expect(await woken(waiting)).toEqual(waiting.map(() => true))
  })

  it('make no caller wait where nothing is in flight', async () => {
    const inFlight = new InFlight()
    expect(await woken([inFlight.outcome('a')])).toEqual([true])
    inFlight.leave('a')
    expect(inFlight.has('a')).toBe(false)
  })
})
