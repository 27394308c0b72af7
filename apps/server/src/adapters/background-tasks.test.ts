import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../log/logger.ts'
import { BackgroundTasks } from './background-tasks.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const tasks = () => {
  const lines: string[] = []
  const sink = { writableLength: 0, write: (line: string) => lines.push(line) > 0 }
  return { tasks: new BackgroundTasks(createLogger({ level: 'info', sink })), lines }
}

describe('background tasks', () => {
  it('come round again, and after a failure too, which is logged', async () => {
    const { tasks: all, lines } = tasks()
    let rounds = 0
    all.every(10, 'sweep', async () => {
      rounds++
      throw new Error('hunter2')
    })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(rounds).toBe(3)
    expect(lines).toHaveLength(3)
    expect(lines[0]).toContain('"event":"background_task_failed","task":"sweep"')
    expect(lines.join('')).not.toContain('hunter2')
    await all.stop()
  })

  it('never overlap themselves, and are waited for at the end', async () => {
    const { tasks: all } = tasks()
    const { promise, resolve } = Promise.withResolvers<void>()
    let begun = 0
    all.every(10, 'sweep', () => {
      begun++
      return promise
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(begun).toBe(1)
    let over = false
    const stopped = all.stop().then(() => {
      over = true
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(over).toBe(false)
    resolve()
    await stopped
    await vi.advanceTimersByTimeAsync(60_000)
    expect(begun).toBe(1)
  })

  it('are told at the end, so that long work ends early', async () => {
    const { tasks: all } = tasks()
    all.every(10, 'sweep', (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve)))
    await vi.advanceTimersByTimeAsync(10_000)
    await expect(all.stop()).resolves.toBeUndefined()
  })
})
