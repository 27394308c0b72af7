import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { it } from 'vitest'
import { Departures } from './departures.ts'

it('lets those leave that were too many to go at once, although what left before them stalls', async () => {
  const stalled = Promise.withResolvers<void>()
  let waiting = 200
  let left = 0
  const send = (): Promise<void> => {
    waiting -= Math.min(64, waiting)
    return ++left === 1 ? Promise.resolve() : stalled.promise
  }
  const departures = new Departures(() => waiting > 0, send, 2)
  departures.announce()
  while (left < 3) await setImmediate()
  assert.equal(waiting, 8)
  stalled.resolve()
  while (waiting > 0) await setImmediate()
  assert.equal(left, 4)
})
