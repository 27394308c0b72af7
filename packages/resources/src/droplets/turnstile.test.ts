import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { turnstile } from './turnstile.ts'

const held = () => {
  let release: () => void = () => undefined
  const task = new Promise<void>((resolve) => {
    release = resolve
  })
  return { task: () => task, release }
}

const never = new AbortController().signal

describe('a turnstile', () => {
  it('runs a limited number at a time, and the others in the order of their arrival', async () => {
    const { pass } = turnstile(1, 10)
    const first = held()
    const seen: number[] = []
    const passes = [
      pass(first.task, never),
      pass(async () => seen.push(2), never),
      pass(async () => seen.push(3), never),
    ]
    await Promise.resolve()
    assert.deepEqual(seen, [])
    first.release()
    await Promise.all(passes)
    assert.deepEqual(seen, [2, 3])
  })

  it('refuses a task when the queue is full', async () => {
    const { pass } = turnstile(1, 0)
    const first = held()
    const inside = pass(first.task, never)
    await assert.rejects(
      pass(async () => 1, never),
      { name: 'TurnstileError' },
    )
    first.release()
    await inside
    assert.equal(await pass(async () => 1, never), 1)
  })

  it('drops aborted tasks from the queue, without affecting the others', async () => {
    const { pass } = turnstile(1, 10)
    const first = held()
    const impatient = new AbortController()
    const inside = pass(first.task, never)
    const leaving = pass(async () => 'never', impatient.signal)
    const patient = pass(async () => 'patient', never)
    impatient.abort(new Error('enough'))
    await assert.rejects(leaving, { message: 'enough' })
    first.release()
    await inside
    assert.equal(await patient, 'patient')
    await assert.rejects(
      pass(async () => 1, impatient.signal),
      { message: 'enough' },
    )
  })

  it('gives the place on when a task fails', async () => {
    const { pass } = turnstile(1, 10)
    await assert.rejects(
      pass(() => Promise.reject(new Error('no')), never),
      { message: 'no' },
    )
    assert.equal(await pass(async () => 1, never), 1)
  })
})
