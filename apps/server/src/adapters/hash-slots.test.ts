import { AuthError } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { HashSlots } from './hash-slots.ts'

/** Work that ends when the test says so. */
function task() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const state = { begun: false }
  const work = () => {
    state.begun = true
    return promise
  }
  return { state, work, end: () => resolve('done'), fail: () => reject(new Error('it broke')) }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

/** Runs all the tasks at once: which of them were begun, which refused. */
function crowd(slots: HashSlots, count: number, claim?: string) {
  const tasks = Array.from({ length: count }, task)
  const runs = tasks.map(({ work }) => slots.run(work, undefined, claim))
  const outcomes = Promise.allSettled(runs)
  return {
    begun: () => tasks.filter(({ state }) => state.begun).length,
    end: async () => {
      for (const { end } of tasks) end()
      return (await outcomes).filter(({ status }) => status === 'rejected').length
    },
    tasks,
    runs,
  }
}

describe('slots and places that no unknown caller can take', () => {
  it('let a claimant begin at once, however many unknown callers run and wait', async () => {
    const slots = new HashSlots(3, 3)
    const strangers = crowd(slots, 50)
    expect([strangers.begun(), slots.waiting]).toEqual([2, 3])
    const claimant = crowd(slots, 1, 'alice at home')
    expect(claimant.begun()).toBe(1)
    expect(await claimant.end()).toBe(0)
    expect(await strangers.end()).toBe(45)
  })

  it.each([1, 2])('let a claimant wait for one hash and no more, where there are %i', async (concurrency) => {
    const slots = new HashSlots(concurrency, 3)
    const strangers = crowd(slots, 50)
    const claimant = crowd(slots, 1, 'alice at home')
    expect(claimant.begun()).toBe(0)
    strangers.tasks[0]?.end()
    await strangers.runs[0]
    expect([claimant.begun(), strangers.begun()]).toEqual([1, concurrency])
    await Promise.all([claimant.end(), strangers.end()])
  })

  it('are there with a queue of no length too', async () => {
    const slots = new HashSlots(1, 0)
    const strangers = crowd(slots, 2)
    const claimant = crowd(slots, 1, 'alice at home')
    expect(await strangers.end()).toBe(1)
    expect(await claimant.end()).toBe(0)
  })

  it('are four for one claim; its further requests count as those of an unknown caller', async () => {
    const slots = new HashSlots(1, 2)
    const greedy = crowd(slots, 20, 'mallory at home')
    const claimant = crowd(slots, 1, 'alice at home')
    const [refusedClaimants, refusedGreedy] = await Promise.all([claimant.end(), greedy.end()])
    expect([refusedClaimants, refusedGreedy]).toEqual([0, 20 - 4 - 2])
  })

  it('leave unknown callers every fifth turn while claimants come and come', async () => {
    const slots = new HashSlots(1, 10)
    const order: string[] = []
    const enter = (who: string, claim?: string) =>
      slots.run(
        async () => {
          order.push(who)
        },
        undefined,
        claim,
      )
    const claimants = Array.from({ length: 9 }, (_, n) => enter('claimant', `claim ${n}`))
    await Promise.all([...claimants, enter('stranger'), enter('stranger')])
    expect(order.indexOf('stranger')).toBeLessThanOrEqual(5)
    expect(order.filter((who) => who === 'stranger')).toHaveLength(2)
  })

  it('are released when the caller disconnects, or when its work throws', async () => {
    const slots = new HashSlots(1, 1)
    const busy = task()
    const first = slots.run(busy.work, undefined)
    const abort = new AbortController()
    const left = Array.from({ length: 4 }, () => slots.run(async () => 'x', abort.signal, 'alice at home'))
    abort.abort(new Error('went away'))
    for (const run of left) await expect(run).rejects.toThrow('went away')
    const broken = task()
    const run = slots.run(broken.work, undefined, 'alice at home')
    busy.end()
    await first
    broken.fail()
    await expect(run).rejects.toThrow('it broke')
    const again = crowd(slots, 4, 'alice at home')
    expect(await again.end()).toBe(0)
  })
})

describe('slots for hashes', () => {
  it('runs a limited number at once, queues a limited number, and refuses the next', async () => {
    const slots = new HashSlots(2, 1)
    const tasks = [task(), task(), task(), task()]
    const runs = tasks.map(({ work }) => slots.run(work, undefined))
    await expect(runs[3]).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 })
    await expect(runs[3]).rejects.toBeInstanceOf(AuthError)
    expect(tasks.map(({ state }) => state.begun)).toEqual([true, true, false, false])
    tasks[0]?.end()
    await runs[0]
    await settle()
    expect(tasks[2]?.state.begun).toBe(true)
    expect(slots.waiting).toBe(0)
    for (const { end } of tasks) end()
    await Promise.all(runs.slice(0, 3))
  })

  it('releases the slot when the work throws', async () => {
    const slots = new HashSlots(1, 0)
    const broken = task()
    const run = slots.run(broken.work, undefined)
    broken.fail()
    await expect(run).rejects.toThrow('it broke')
    await expect(slots.run(async () => 'next', undefined)).resolves.toBe('next')
  })

  it('frees the place of a caller that disconnects while waiting, and does no work for it', async () => {
    const slots = new HashSlots(1, 1)
    const busy = task()
    const left = task()
    const patient = task()
    const first = slots.run(busy.work, undefined)
    const abort = new AbortController()
    const second = slots.run(left.work, abort.signal)
    abort.abort(new Error('went away'))
    await expect(second).rejects.toThrow('went away')
    const third = slots.run(patient.work, undefined)
    busy.end()
    await first
    patient.end()
    await expect(third).resolves.toBe('done')
    expect(left.state.begun).toBe(false)
  })

  it('does no work for a caller that disconnected before', async () => {
    const slots = new HashSlots(1, 1)
    const { work, state } = task()
    await expect(slots.run(work, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect(state.begun).toBe(false)
  })

  it('does not take a slot from a caller that already has it when the signal comes late', async () => {
    const slots = new HashSlots(1, 1)
    const busy = task()
    const next = task()
    const abort = new AbortController()
    const first = slots.run(busy.work, undefined)
    const second = slots.run(next.work, abort.signal)
    busy.end()
    await first
    await settle()
    abort.abort()
    next.end()
    await expect(second).resolves.toBe('done')
    await expect(slots.run(async () => 'free', undefined)).resolves.toBe('free')
  })

  it('takes no place from waiting callers when the signal of a caller that has its slot comes late', async () => {
    const slots = new HashSlots(1, 2)
    const tasks = [task(), task(), task()] as const
    const abort = new AbortController()
    const first = slots.run(tasks[0].work, undefined)
    const second = slots.run(tasks[1].work, abort.signal)
    const third = slots.run(tasks[2].work, undefined)
    tasks[0].end()
    await first
    await settle()
    abort.abort()
    expect(slots.waiting).toBe(1)
    tasks[1].end()
    await second
    await settle()
    expect(tasks[2].state.begun).toBe(true)
    tasks[2].end()
    await expect(third).resolves.toBe('done')
  })

  it('is fair: waiting callers are served before new ones', async () => {
    const slots = new HashSlots(1, 10)
    const order: number[] = []
    await Promise.all(
      [1, 2, 3, 4].map((place) =>
        slots.run(async () => {
          order.push(place)
        }, undefined),
      ),
    )
    expect(order).toEqual([1, 2, 3, 4])
  })
})
