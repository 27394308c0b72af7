import { makeKeySet, type StoredKeySet, StoreError } from '@countersign/core'
import { SeededRandom, testMasterKey } from '@countersign/core/testing'
import { describe, expect, it } from 'vitest'
import { LiveKeys } from './live-keys.ts'

const retention = { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 }
const set = (number: number): StoredKeySet =>
  makeKeySet(
    { number, algorithm: 'ES256', createdAt: 0, activatesAt: 0 },
    testMasterKey,
    new SeededRandom(`set ${number}`),
  )

/** A port that another process may change right after any of its reads. */
function portOf(first: readonly StoredKeySet[]) {
  let sets = first
  let revision = 1
  const reads = { revision: 0, list: 0 }
  const after: { revision?: () => void; list?: () => void } = {}
  const read = <T>(name: 'revision' | 'list', value: T): T => {
    reads[name]++
    const meanwhile = after[name]
    delete after[name]
    meanwhile?.()
    return value
  }
  return {
    reads,
    after,
    change(next: readonly StoredKeySet[]) {
      sets = next
      revision++
    },
    keys: {
      revision: async () => read('revision', revision),
      list: async () => read('list', sets),
      add: () => Promise.reject(new Error('nothing is added here')),
      revoke: () => Promise.reject(new Error('nothing is revoked here')),
      revokeAll: () => Promise.reject(new Error('nothing is revoked here')),
      remove: () => Promise.reject(new Error('nothing is removed here')),
    },
  }
}

const one = set(1)
const two = set(2)
const revoked = { ...one, revokedAt: 100 }
const accepts = (live: LiveKeys) => live.ring.forSignature(one.kid, 200) !== undefined

describe('the live keys', () => {
  it.each(['revision', 'list'] as const)(
    'N-469 hear of a revocation that comes right after the read of the %s, at the next reading at the latest',
    async (name) => {
      const port = portOf([one, two])
      const live = new LiveKeys(port.keys, testMasterKey, retention)
      port.after[name] = () => port.change([revoked, two])
      await live.reload()
      await live.reload()
      expect(accepts(live)).toBe(false)
    },
  )

  it.each(['revision', 'list'] as const)(
    'N-469 hear of it too when they had been read before, and it comes after the read of the %s',
    async (name) => {
      const port = portOf([one])
      const live = new LiveKeys(port.keys, testMasterKey, retention)
      await live.reload()
      port.change([one, two])
      port.after[name] = () => port.change([revoked, two])
      await live.reload()
      await live.reload()
      expect(accepts(live)).toBe(false)
      expect(live.ring.forSignature(two.kid, 200)).toBeDefined()
    },
  )

  it('read the sets again only when their revision has moved', async () => {
    const port = portOf([one])
    const live = new LiveKeys(port.keys, testMasterKey, retention)
    for (let round = 0; round < 3; round++) await live.reload()
    expect(port.reads).toEqual({ revision: 3, list: 1 })
    port.change([one])
    await live.reload()
    expect(port.reads).toEqual({ revision: 4, list: 2 })
  })

  it('keep the known state while the store is unavailable, and try again', async () => {
    const port = portOf([one])
    let away = false
    const list = () => (away ? Promise.reject(new StoreError('unavailable', 'away')) : port.keys.list())
    const live = new LiveKeys({ ...port.keys, list }, testMasterKey, retention)
    await live.reload()
    away = true
    port.change([revoked, two])
    await live.reload()
    expect(accepts(live)).toBe(true)
    away = false
    await live.reload()
    expect(accepts(live)).toBe(false)
  })

  it('are not read at a start without the store', async () => {
    const revision = () => Promise.reject(new StoreError('unavailable', 'away'))
    const live = new LiveKeys({ ...portOf([one]).keys, revision }, testMasterKey, retention)
    await expect(live.reload()).rejects.toThrow(StoreError)
  })

  it('do not hide other faults: a master key that does not open a key set is reported', async () => {
    const port = portOf([one])
    const live = new LiveKeys(port.keys, testMasterKey, retention)
    await live.reload()
    port.change([{ ...two, sealed: one.sealed }])
    const refused = { code: 'unavailable', cause: { name: 'SealError' } }
    await expect(live.reload()).rejects.toMatchObject(refused)
    expect(accepts(live)).toBe(true)
  })

  it('are none before they were read', () => {
    const live = new LiveKeys(portOf([]).keys, testMasterKey, retention)
    expect(() => live.ring).toThrow('the keys are not read yet')
  })
})
