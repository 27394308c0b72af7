import { describe, expect, it } from 'vitest'
import { BoundedCache } from './bounded-cache.ts'

describe('a bounded cache', () => {
  it('has at most so many entries, and keeps what is used', () => {
    const cache = new BoundedCache<number>(100, 1_000_000)
    cache.set('used', 1)
    for (let index = 0; index < 1000; index += 1) {
      cache.set(`${index}`, index)
      expect(cache.get('used')).toBe(1)
      expect(cache.size).toBeLessThanOrEqual(100)
    }
    expect(cache.get('0')).toBeUndefined()
    expect(cache.get('999')).toBe(999)
  })

  it('has at most so many characters', () => {
    const cache = new BoundedCache<number>(1000, 1000)
    for (let index = 0; index < 100; index += 1) cache.set(`${index}`.padStart(100, '0'), index)
    expect(cache.size).toBeLessThanOrEqual(10)
  })

  it('forgets what is deleted, in either generation', () => {
    const cache = new BoundedCache<number>(4, 1000)
    for (const key of ['a', 'b', 'c']) cache.set(key, 1)
    for (const key of ['a', 'b', 'c']) cache.delete(key)
    expect(cache.size).toBe(0)
    cache.set('a', 2)
    cache.clear()
    expect(cache.get('a')).toBeUndefined()
  })
})
