import { describe, expect, it } from 'vitest'
import { makeKeySet } from '../keys/key-set.ts'
import type { Keys, StoredKeySet } from '../ports/store/keys.ts'
import { here, storeOf } from '../testing/domain.ts'
import { FixedClock } from '../testing/fixed-clock.ts'
import { testMasterKey } from '../testing/key-sets.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { KeyNumbersError, KeyRotation, keysCacheSeconds, publishBeforeUseSeconds } from './key-rotation.ts'

const retention = { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 }
const now = 1_800_000_000

const stored = (given: Partial<StoredKeySet> & { readonly number: number }): StoredKeySet => {
  const times = { createdAt: now - 1000, activatesAt: now - 1000 }
  const seed = new SeededRandom(`set ${given.number}`)
  return { ...makeKeySet({ algorithm: 'ES256', ...times, ...given }, testMasterKey, seed), ...given }
}

/** A port that keeps these sets and takes what is added, unless another process was first. */
function deps(sets: readonly StoredKeySet[], outcome: 'added' | 'conflict' = 'added') {
  const clock = new FixedClock(now)
  const keys: Partial<Keys> = {
    list: async () => sets,
    add: async () => outcome,
    revoke: async () => 'revoked',
  }
  const random = new SeededRandom('rotation')
  return { store: storeOf({ keys }), clock, random, masterKey: testMasterKey, retention }
}

describe('a rotation of keys', () => {
  it('N-466 publishes the next set for as long as verifiers may cache the keys, and a minute more, before it signs', async () => {
    expect(publishBeforeUseSeconds).toBeGreaterThanOrEqual(keysCacheSeconds + 60)
    const set = await new KeyRotation(deps([stored({ number: 1 })])).rotate('ES256', here)
    expect(set).toMatchObject({ number: 2, createdAt: now, activatesAt: now + publishBeforeUseSeconds })
  })

  it('N-466 counts that from the latest time, where the wall clock was set back', async () => {
    const parts = deps([stored({ number: 1 })])
    parts.clock.stepBack(5000)
    expect((await new KeyRotation(parts).rotate('ES256', here)).activatesAt).toBe(now + publishBeforeUseSeconds)
  })

  it('uses the next set at once where nothing else signs', async () => {
    for (const sets of [[], [stored({ number: 1, revokedAt: now })], [stored({ number: 1, supersededAt: now - 5 })]]) {
      expect((await new KeyRotation(deps(sets)).rotate('ES256', here)).activatesAt).toBe(now)
    }
  })

  it('waits also where what signs is yet to be used', async () => {
    const sets = [stored({ number: 1, supersededAt: now + 10 }), stored({ number: 2, activatesAt: now + 10 })]
    expect((await new KeyRotation(deps(sets)).rotate('ES256', here)).activatesAt).toBe(now + publishBeforeUseSeconds)
  })

  it('says that another process rotated in the same moment, and made nothing', async () => {
    const attempt = new KeyRotation(deps([stored({ number: 1 })], 'conflict')).rotate('ES256', here)
    await expect(attempt).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
  })

  it('takes no number under which anything may be valid, and begins again after 255', async () => {
    const later = stored({ number: 255 })
    expect((await new KeyRotation(deps([later])).rotate('ES256', here)).number).toBe(1)
    const living = stored({ number: 1, supersededAt: now - retention.longestRefreshSeconds + 1 })
    expect((await new KeyRotation(deps([living, later])).rotate('ES256', here)).number).toBe(2)
    const dead = stored({ number: 1, supersededAt: now - retention.longestRefreshSeconds })
    expect((await new KeyRotation(deps([dead, later])).rotate('ES256', here)).number).toBe(1)
  })

  it('reports that every number is in use', async () => {
    const sets = Array.from({ length: 255 }, (_, at) => stored({ number: at + 1 }))
    await expect(new KeyRotation(deps(sets)).rotate('ES256', here)).rejects.toThrow(KeyNumbersError)
  })
})

describe('a revocation of keys', () => {
  it('is of a set that is there and not revoked', async () => {
    const sets = [stored({ number: 1, revokedAt: now - 5 })]
    for (const kid of ['none', sets[0]?.kid ?? '']) {
      await expect(new KeyRotation(deps(sets)).revoke(kid, here)).rejects.toMatchObject({ code: 'not_found' })
    }
  })
})

describe('a rotation by the schedule', () => {
  const schedule = { days: 90, algorithm: 'ES256' } as const
  const term = 90 * 86_400
  const aged = stored({ number: 1, activatesAt: now - term })

  it('makes the next set when it is due, published ahead, as the rotation of the system itself', async () => {
    const parts = deps([aged])
    const events: unknown[] = []
    const keys: Partial<Keys> = {
      list: async () => [aged],
      add: async (_, event) => {
        events.push(event)
        return 'added'
      },
    }
    const made = await new KeyRotation({ ...parts, store: storeOf({ keys }) }).rotateIfDue(schedule, {
      confirmedAt: now,
    })
    expect(made).toMatchObject({ number: 2, activatesAt: now + publishBeforeUseSeconds })
    expect(events).toMatchObject([{ action: 'keys_rotated', actor: undefined, detail: { number: 2, scheduled: true } }])
  })

  it('makes none before, and none where another process was first', async () => {
    expect(await new KeyRotation(deps([aged])).rotateIfDue(schedule, { confirmedAt: now - 1 })).toBe('not_due')
    expect(await new KeyRotation(deps([aged], 'conflict')).rotateIfDue(schedule, { confirmedAt: now })).toBe('not_due')
  })

  it('makes none while the wall clock is far ahead of what is confirmed', async () => {
    const parts = deps([aged])
    parts.clock.advance(3650 * 86_400)
    expect(await new KeyRotation(parts).rotateIfDue(schedule, { confirmedAt: now })).toBe('clock_ahead')
  })

  it('leaves numbers to whoever rotates or revokes on request', async () => {
    const many = Array.from({ length: 200 }, (_, n) =>
      stored({ number: n + 1, activatesAt: now - term, ...(n < 199 ? { supersededAt: now - 1 } : {}) }),
    )
    expect(await new KeyRotation(deps(many)).rotateIfDue(schedule, { confirmedAt: now })).toBe('too_many_sets')
    expect(await new KeyRotation(deps(many.slice(1))).rotateIfDue(schedule, { confirmedAt: now })).toMatchObject({
      number: 201,
    })
  })
})
