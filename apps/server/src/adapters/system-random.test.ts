import { describe, expect, it } from 'vitest'
import { systemRandom } from './system-random.ts'

const hex = (count: number) => Buffer.from(systemRandom.bytes(count)).toString('hex')

describe('random bytes', () => {
  it('are never the same twice, over many fillings of the pool and of every size', () => {
    const seen = new Set<string>()
    for (let n = 0; n < 5000; n++) seen.add(hex(8 + (n % 300)))
    expect(seen.size).toBe(5000)
  })

  it('are as many as requested, in a buffer of their own that the caller may keep and change', () => {
    for (const count of [0, 1, 16, 32, 256, 257, 10_000]) expect(systemRandom.bytes(count)).toHaveLength(count)
    const first = systemRandom.bytes(16)
    const kept = Buffer.from(first).toString('hex')
    for (let n = 0; n < 1000; n++) systemRandom.bytes(16).fill(0)
    expect(Buffer.from(first).toString('hex')).toBe(kept)
    expect(first.buffer.byteLength).toBe(16)
  })

  it('use every bit: none is always on or always off', () => {
    const on = new Uint8Array(64)
    const off = new Uint8Array(64)
    for (let n = 0; n < 200; n++) {
      for (const [at, byte] of systemRandom.bytes(64).entries()) {
        on[at] = (on[at] as number) | byte
        off[at] = (off[at] as number) | (byte ^ 0xff)
      }
    }
    expect(new Set([...on, ...off])).toEqual(new Set([0xff]))
  })
})
