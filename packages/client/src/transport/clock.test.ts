import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('waits for longer than a timer of the runtime can', async () => {
  const seen: string[] = []
  const waits = systemClock.wait(30 * 86_400).then(() => seen.push('over'))
  await vi.advanceTimersByTimeAsync(29 * 86_400_000)
  expect(seen).toEqual([])
  await vi.advanceTimersByTimeAsync(86_400_000)
  await waits
  expect(seen).toEqual(['over'])
})
