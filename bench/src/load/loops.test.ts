import { describe, expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { closedLoop, closedMix, openLoop, type Sender } from './loops.ts'
import { arrivals, seeded } from './schedule.ts'
import type { Tally } from './tally.ts'

/** A clock that jumps to the next time that anybody waits for. */
class JumpingClock implements Clock {
  #now = 0
  readonly #waiting: { readonly time: number; readonly resolve: () => void }[] = []

  now(): number {
    return this.#now
  }

  until(time: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ time, resolve })
      if (this.#waiting.length === 1) setImmediate(() => this.#jump())
    })
  }

  #jump(): void {
    this.#waiting.sort((one, other) => one.time - other.time)
    const next = this.#waiting.shift()
    if (!next) return
    this.#now = Math.max(this.#now, next.time)
    next.resolve()
    if (this.#waiting.length > 0) setImmediate(() => this.#jump())
  }
}

/** A server that answers at once, except while it stalls. */
function stallingServer(clock: Clock, stall: { readonly from: number; readonly to: number } = { from: 0, to: 0 }) {
  const lane = (): Sender => ({
    supplied: true,
    ready: async () => {},
    step: async () => {
      const now = clock.now()
      await clock.until(now >= stall.from && now < stall.to ? stall.to : now + 1)
      return undefined
    },
  })
  return (lanes: number) => Array.from({ length: lanes }, lane)
}

const latencies = (tally: Tally | undefined) => tally?.result(1, 0).latenciesMilliseconds ?? new Float32Array()
const above = (values: Float32Array, limit: number) => values.filter((value) => value > limit).length

describe('an open loop', () => {
  const terms = { perSecond: 200, seconds: 1, seed: 5 }
  const stall = { from: 400, to: 600 }

  it('charges a stall for every request that was due in it, however few connections there are', async () => {
    const clock = new JumpingClock()
    const lanes = stallingServer(clock, stall)(2)
    const [tally] = await openLoop([{ lanes, share: 1 }], terms, clock)
    const times = [...arrivals(200, 1, seeded(5))]
    const due = times.filter((time) => time >= stall.from + 2 && time < stall.to - 10).length
    expect(due).toBeGreaterThan(20)
    expect(latencies(tally)).toHaveLength(times.length)
    expect(above(latencies(tally), 10)).toBeGreaterThanOrEqual(due)
    expect(Math.max(...latencies(tally))).toBeGreaterThan(180)
    // The load process itself was never late: the stall is the server's.
    expect(Math.max(...(tally?.result(1, 0).latenessMilliseconds ?? [1]))).toBe(0)
  })

  it('differs in that from a closed loop, which asks less while the server stalls', async () => {
    const clock = new JumpingClock()
    const [tally] = await closedLoop(stallingServer(clock, stall)(2), 1, clock)
    expect(above(latencies(tally), 10)).toBe(2)
  })

  it('sends each kind as often as its share says, by the same schedule for the same seed', async () => {
    const run = async () => {
      const clock = new JumpingClock()
      const lanes = stallingServer(clock)
      const mix = [
        { lanes: lanes(8), share: 3 },
        { lanes: lanes(8), share: 1 },
      ]
      const tallies = await openLoop(mix, { ...terms, perSecond: 1000 }, clock)
      return tallies.map((tally) => latencies(tally).length)
    }
    const [many = 0, few = 0] = await run()
    expect(many / few).toBeGreaterThan(2.5)
    expect(many / few).toBeLessThan(3.5)
    expect(await run()).toEqual([many, few])
  })

  it('counts a wrong answer, and connects again', async () => {
    const clock = new JumpingClock()
    let connected = 0
    const lane: Sender = { supplied: true, ready: async () => void connected++, step: async () => '500' }
    const [tally] = await openLoop([{ lanes: [lane], share: 1 }], { ...terms, perSecond: 20 }, clock)
    const result = tally?.result(1, 0)
    expect(result).toMatchObject({ failures: result?.answers, firstFailure: '500' })
    expect(connected).toBe(result?.answers)
    expect(connected).toBeGreaterThan(0)
  })
})

describe('a closed mix', () => {
  it('never sends more at once than it has workers', async () => {
    const clock = new JumpingClock()
    let [now, most] = [0, 0]
    const lane = (): Sender => ({
      supplied: true,
      ready: async () => {},
      step: async () => {
        most = Math.max(most, ++now)
        await clock.until(clock.now() + 1)
        now--
        return undefined
      },
    })
    const mix = [1, 2].map((share) => ({ share, lanes: Array.from({ length: 9 }, lane) }))
    const tallies = await closedMix(mix, { workers: 4, seconds: 0.1, seed: 1 }, clock)
    expect(most).toBe(4)
    expect(tallies.map((tally) => latencies(tally).length > 0)).toEqual([true, true])
  })
})

describe('a closed loop', () => {
  it('ends where a connection has no token left to present', async () => {
    const clock = new JumpingClock()
    let left = 3
    const lane: Sender = {
      get supplied() {
        return left > 0
      },
      ready: async () => {},
      step: async () => {
        left--
        return undefined
      },
    }
    const [tally] = await closedLoop([lane], 1, clock)
    expect(latencies(tally)).toHaveLength(3)
  })
})
