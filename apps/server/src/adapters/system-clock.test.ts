import type { AuditEvent, Marks } from '@countersign/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { SystemClock, type TimeSource } from './system-clock.ts'

const start = 1_800_000_000
const hour = 3600
const year = 365 * 86_400

/** Both clocks under the test's hand, in seconds. */
class Time implements TimeSource {
  #wall = start
  #monotonic = 5000
  wall = () => this.#wall * 1000
  monotonic = () => this.#monotonic * 1000
  pass(seconds: number): void {
    this.#wall += seconds
    this.#monotonic += seconds
  }
  jump(seconds: number): void {
    this.#wall += seconds
  }
}

/** A mark as the store keeps it: it only rises, but for the administrator. */
class StoredMark implements Pick<Marks, 'highWater' | 'raiseHighWater' | 'resetHighWater'> {
  at = 0
  highWater = () => Promise.resolve(this.at)
  raiseHighWater(at: number): Promise<void> {
    this.at = Math.max(this.at, at)
    return Promise.resolve()
  }
  resetHighWater(at: number, _audit: AuditEvent): Promise<void> {
    this.at = at
    return Promise.resolve()
  }
}

let time: Time
let marks: StoredMark
beforeEach(() => {
  time = new Time()
  marks = new StoredMark()
})
const boot = async () => new SystemClock(await marks.highWater(), time)
const audit = { at: 0, action: 'clock_reset' } as const

describe('the clock (S13)', () => {
  it('dates by the wall clock and expires by it while time simply passes', async () => {
    const clock = await boot()
    time.pass(10.9)
    expect(clock.now()).toBe(start + 10)
    expect(clock.latest()).toBe(start + 10)
    expect(clock.lagSeconds()).toBe(0)
  })

  it('brings nothing back to life when the clock is stepped back', async () => {
    const clock = await boot()
    time.pass(100)
    expect(clock.latest()).toBe(start + 100)
    time.jump(-hour)
    expect(clock.now()).toBe(start + 100 - hour)
    expect(clock.latest()).toBe(start + 100)
    time.pass(10)
    expect(clock.latest()).toBe(start + 100)
    expect(clock.lagSeconds()).toBe(hour - 10)
  })

  it('expires by a clock that jumped forward, and recovers when it jumps back: the jump raised no mark', async () => {
    const clock = await boot()
    time.pass(20)
    await clock.exchange(marks)
    time.jump(year)
    expect(clock.now()).toBe(start + 20 + year)
    expect(clock.latest()).toBe(start + 20 + year)
    time.pass(10)
    await clock.exchange(marks)
    time.jump(-year)
    expect(clock.latest()).toBeLessThanOrEqual(start + 33)
    expect(marks.at).toBeLessThanOrEqual(start + 33)
  })

  it('raises the mark by what the monotonic clock confirms, also while the wall clock is ahead', async () => {
    const clock = await boot()
    time.jump(year)
    time.pass(1000)
    await clock.exchange(marks)
    expect(marks.at).toBeGreaterThanOrEqual(start + 1000)
    expect(marks.at).toBeLessThanOrEqual(start + 1004)
  })

  it('follows a wall clock that is slewed: a drift is no jump', async () => {
    const clock = await boot()
    for (let round = 0; round < 1000; round++) {
      time.pass(10)
      time.jump(0.005)
    }
    await clock.exchange(marks)
    expect(marks.at).toBe(start + 10_005)
  })

  it('judges by the stored mark after a start with the clock set back, and says how far', async () => {
    marks.at = start + hour
    const clock = await boot()
    expect(clock.now()).toBe(start)
    expect(clock.latest()).toBe(start + hour)
    expect(clock.lagSeconds()).toBe(hour)
    await clock.exchange(marks)
    expect(marks.at).toBe(start + hour)
  })

  it('remembers the mark over restarts', async () => {
    const first = await boot()
    time.pass(500)
    await first.exchange(marks)
    time.jump(-400)
    expect((await boot()).latest()).toBe(start + 500)
  })

  it('learns of a mark that another process raised', async () => {
    const clock = await boot()
    await clock.exchange(marks)
    await marks.raiseHighWater(start + 300)
    await clock.exchange(marks)
    expect(clock.latest()).toBe(start + 300)
  })

  it('takes the wall clock as it is once the administrator reset the mark', async () => {
    const clock = await boot()
    time.pass(hour)
    await clock.exchange(marks)
    time.jump(-hour / 2)
    expect(clock.lagSeconds()).toBe(hour / 2)
    await marks.resetHighWater(clock.now(), audit)
    await clock.exchange(marks)
    expect(clock.lagSeconds()).toBe(0)
    expect(clock.latest()).toBe(start + hour / 2)
    time.pass(10)
    await clock.exchange(marks)
    expect(marks.at).toBe(start + hour / 2 + 10)
  })
})
