import { describe, expect, it } from 'vitest'
import { endOfArrivals } from './arrivals.ts'

describe('requests that arrive in one turn of the event loop', () => {
  it('are handled at its end, all at once', async () => {
    const seen: string[] = []
    const handle = async (name: string) => {
      await endOfArrivals()
      seen.push(name)
    }
    const both = [handle('first'), handle('second')]
    process.nextTick(() => seen.push('end of this callback'))
    await Promise.resolve()
    expect(seen).toEqual([])
    await Promise.all(both)
    expect(seen).toEqual(['end of this callback', 'first', 'second'])
  })

  it('do not wait for those of the next turn', async () => {
    const first = endOfArrivals()
    expect(endOfArrivals()).toBe(first)
    await first
    expect(endOfArrivals()).not.toBe(first)
  })
})
