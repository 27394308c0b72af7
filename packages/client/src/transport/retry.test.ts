import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countingRandom, manualClock } from '../testing/manual-clock.ts'
import type { Clock } from './clock.ts'
import { TransportError } from './errors.ts'
import { problemOf } from './problem.ts'
import { withRetries } from './retry.ts'

/** Everything in seconds. */
interface Story {
  readonly budget: number
  /** How long each attempt takes until it fails, unless its own time ends before. */
  readonly attempts: readonly number[]
  /** What goes by before an attempt asks how long it may take: a store that is slow to read. */
  readonly delays?: readonly number[]
  /** By how much the machine oversleeps each pause. */
  readonly oversleeps?: readonly number[]
}

interface Told {
  /** Those that were sent, since the beginning. */
  readonly sent: readonly { readonly at: number; readonly mayTake: number }[]
  readonly failure: unknown
  readonly endedAt: number
}

/** Tries something that never succeeds. */
async function tell({ budget, attempts, delays = [], oversleeps = [] }: Story): Promise<Told> {
  const steady = manualClock()
  const extra = [...oversleeps]
  const clock: Clock = { ...steady, wait: async (seconds) => steady.advance(seconds + (extra.shift() ?? 0)) }
  const startedAt = clock.elapsedSeconds()
  const sent: { at: number; mayTake: number }[] = []
  let tries = 0
  const attempt = async (timeoutSeconds: () => number): Promise<never> => {
    steady.advance(delays[tries] ?? 0)
    const takes = attempts[tries] ?? 0
    tries += 1
    const mayTake = timeoutSeconds()
    sent.push({ at: clock.elapsedSeconds() - startedAt, mayTake })
    steady.advance(Math.min(takes, mayTake))
    throw new TransportError(takes < mayTake ? 'ECONNRESET' : 'timed_out')
  }
  const failure = await withRetries(attempt, budget, { clock, random: countingRandom() }).catch((error) => error)
  return { sent, failure, endedAt: clock.elapsedSeconds() - startedAt }
}

const silent = [1e6, 1e6, 1e6, 1e6]

describe('what is repeated', () => {
  it('gives a silent server a third of the time and then repeats the request, where the time is long', async () => {
    const { sent, endedAt } = await tell({ budget: 30, attempts: silent })
    expect(sent.map(({ mayTake }) => Math.floor(mayTake))).toEqual([10, 10, 9])
    expect(endedAt).toBeLessThanOrEqual(30)
  })

  it('gives an attempt all the time there is, where a third would be too little for a slow machine', async () => {
    const { sent } = await tell({ budget: 0.5, attempts: silent })
    expect(sent).toEqual([{ at: 0, mayTake: 0.5 }])
  })

  it('repeats at once what is cut, and gives the rest of a short time to the next attempt', async () => {
    const { sent } = await tell({ budget: 0.5, attempts: [0.01, 1e6] })
    expect(sent).toHaveLength(2)
    const { at = 0, mayTake = 0 } = sent[1] ?? {}
    expect(at + mayTake).toBeCloseTo(0.5)
    expect(mayTake).toBeGreaterThan(0.2)
  })

  it('begins nothing after a pause that was overslept, and says why the last attempt failed', async () => {
    const { sent, failure } = await tell({ budget: 30, attempts: [0.01, 1], oversleeps: [60] })
    expect(sent).toHaveLength(1)
    expect(failure).toMatchObject({ reason: 'ECONNRESET' })
  })

  it('sends nothing after the time is over, be it spent on reading a store', async () => {
    expect(await tell({ budget: 30, attempts: [1], delays: [31] })).toMatchObject({
      sent: [],
      failure: { reason: 'timed_out' },
    })
  })

  it('waits for the seconds of the server’s Retry-After, and gives up at once when they are too many', async () => {
    const throttled = (seconds: string) =>
      problemOf({ status: 429, headers: new Headers({ 'Retry-After': seconds }) }, { code: 'throttled' })
    const clock = manualClock()
    const answers = [throttled('7'), throttled('24')]
    const attempt = async () => {
      throw answers.shift()
    }
    const failure = withRetries(attempt, 30, { clock, random: countingRandom() })
    await expect(failure).rejects.toMatchObject({ retryAfterSeconds: 24 })
    expect(clock.pauses).toEqual([7])
  })

  it('never takes longer than it may, and begins nothing with less than a quarter of an attempt, whatever comes between', async () => {
    const seconds = fc.double({ min: 0, max: 40, noNaN: true })
    const several = fc.array(seconds, { maxLength: 4 })
    const budgets = fc.double({ min: 0.05, max: 60, noNaN: true })
    await fc.assert(
      fc.asyncProperty(budgets, several, several, several, async (budget, attempts, delays, oversleeps) => {
        const { sent } = await tell({ budget, attempts, delays, oversleeps })
        for (const { at, mayTake } of sent) {
          expect(at + mayTake).toBeLessThanOrEqual(budget + 1e-6)
          expect(mayTake).toBeGreaterThanOrEqual(Math.min(0.5, budget / 4) - 1e-6)
        }
        expect(sent.length).toBeLessThanOrEqual(4)
      }),
    )
  })
})
