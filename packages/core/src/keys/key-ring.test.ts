import { describe, expect, it } from 'vitest'
import { testKeySet } from '../testing/key-sets.ts'
import { KeyRing } from './key-ring.ts'

const retention = { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 }
const ringOf = (...sets: Parameters<typeof testKeySet>[0][]) =>
  new KeyRing(
    sets.map((set) => testKeySet(set)),
    retention,
  )

const first = { number: 1, activatesAt: 1000, supersededAt: 5000 }
const second = { number: 2, createdAt: 4640, activatesAt: 5000 }

describe('a ring of key sets', () => {
  it('signs with a set from its activation until its successor is activated', () => {
    const ring = ringOf(first, second)
    expect([1000, 4999, 5000, 9_999_999].map((now) => ring.current(now).number)).toEqual([1, 1, 2, 2])
  })

  it('publishes a set before it signs, and until nothing signed by it can be valid', () => {
    const ring = ringOf(first, second)
    const kids = ring.sets.map((set) => set.kid)
    expect(ring.published(4700).map((jwk) => jwk.kid)).toEqual(kids)
    expect(ring.published(5000 + 3599).map((jwk) => jwk.kid)).toEqual(kids)
    expect(ring.published(5000 + 3600).map((jwk) => jwk.kid)).toEqual(kids.slice(1))
  })

  it('verifies with a set before it signs, since another server may have begun to', () => {
    const ring = ringOf(first, second)
    const [, kid = ''] = ring.sets.map((set) => set.kid)
    expect(ring.forSignature(kid, 4700)?.number).toBe(2)
  })

  it('does not verify with a set that is retired', () => {
    const ring = ringOf(first, second)
    const [kid = ''] = ring.sets.map((set) => set.kid)
    expect(ring.forSignature(kid, 5000 + 3599)?.number).toBe(1)
    expect(ring.forSignature(kid, 5000 + 3600)).toBeUndefined()
    expect(ring.forSecret(1, 5000 + 86_399)?.number).toBe(1)
    expect(ring.forSecret(1, 5000 + 86_400)).toBeUndefined()
  })

  it('reports which sets verify nothing more, so that their numbers may be used again', () => {
    const ring = ringOf(first, second, { number: 3, activatesAt: 5000, revokedAt: 5500 })
    expect(ring.dead(5000 + 86_399)).toEqual([])
    expect(ring.dead(5000 + 86_400)).toEqual([1])
    expect(ring.dead(5500 + 86_400)).toEqual([1, 3])
  })

  it('keeps a revoked set no longer than it would have been kept, had it not been revoked', () => {
    const ring = ringOf({ ...first, revokedAt: 50_000 }, second)
    expect(ring.dead(5000 + 86_400)).toEqual([1])
  })

  it.each([
    { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 },
    { longestAccessSeconds: 86_400, longestRefreshSeconds: 3600 },
  ])('keeps a set for as long as anything made under it may live, with $longestAccessSeconds s of access', (lives) => {
    const ring = new KeyRing([testKeySet(first), testKeySet(second)], lives)
    const [kid = ''] = ring.sets.map((set) => set.kid)
    for (const after of [0, 3599, 3600, 3960, 86_399, 86_400, 90_000]) {
      const used = ring.forSignature(kid, 5000 + after) !== undefined || ring.forSecret(1, 5000 + after) !== undefined
      expect(ring.dead(5000 + after), `${after} s after its successor began to sign`).toEqual(used ? [] : [1])
    }
  })

  it('drops a revoked set everywhere at once', () => {
    const ring = ringOf({ ...first, revokedAt: 4000 }, second)
    const [kid = ''] = ring.sets.map((set) => set.kid)
    expect(ring.forSignature(kid, 4000)).toBeUndefined()
    expect(ring.forSecret(1, 4000)).toBeUndefined()
    expect(ring.published(4000).map((jwk) => jwk.kid)).not.toContain(kid)
  })

  it('signs with the coming set at once if the active one was revoked', () => {
    expect(ringOf({ ...first, revokedAt: 4700 }, second).current(4700).number).toBe(2)
  })

  it('never signs with a superseded set again, though its successor was revoked', () => {
    const ring = ringOf(first, { ...second, revokedAt: 6000 })
    expect(ring.current(4999).number).toBe(1)
    for (const now of [5000, 6000]) expect(() => ring.current(now)).toThrow('no key set is usable')
    expect(ringOf(first, { ...second, revokedAt: 6000 }, { number: 3, activatesAt: 6000 }).current(6000).number).toBe(3)
  })

  it('has exactly one set that signs, at any moment of a rotation', () => {
    const third = { number: 3, createdAt: 5200, activatesAt: 5560 }
    const steps = [
      ringOf({ number: 1, activatesAt: 1000 }),
      ringOf(first, second),
      ringOf(first, { ...second, supersededAt: 5560 }, third),
    ]
    for (const ring of steps) {
      for (let now = 900; now < 7000; now += 10) {
        const set = ring.current(now)
        expect(ring.published(now).map((jwk) => jwk.kid)).toContain(set.kid)
        expect(ring.forSignature(set.kid, now)).toBe(set)
      }
    }
  })

  it('continues to sign when the high-water mark is reset to before its first set', () => {
    expect(ringOf(first, second).current(10).number).toBe(1)
  })

  it('cannot be created without a usable set', () => {
    expect(() => ringOf().current(0)).toThrow('countersign keys rotate')
    expect(() => ringOf({ number: 1, revokedAt: 5 }).current(10)).toThrow('no key set is usable')
  })

  it('knows no set by a name of the prototype', () => {
    const ring = ringOf(first)
    for (const kid of ['__proto__', 'constructor', 'toString', '', '1'])
      expect(ring.forSignature(kid, 1000)).toBeUndefined()
    for (const number of [0, -1, 1.5, 256, Number.NaN]) expect(ring.forSecret(number, 1000)).toBeUndefined()
  })
})
