import assert from 'node:assert/strict'
import type { Resealing } from '@countersign/core'
import { addition, enrolment, event, keySet, trail, user } from '../scenario/fixtures.ts'
import type { Backend, Scenario } from '../scenario/scenario.ts'

/** Seals by a mark in front of what was sealed. */
const marked = (mark: number): Resealing => ({
  keySet: ({ sealed }) => Uint8Array.of(mark, ...sealed),
  totpSecret: (_, sealed) => Uint8Array.of(mark, ...sealed),
  passwordHash: (stored) => (stored === 'unreadable' ? undefined : `${mark} ${stored}`),
  pepper: (sealed) => Uint8Array.of(mark, ...(sealed ?? [])),
})

/** More users than are read at once. */
const users = 503

const fill = async ({ store }: Backend): Promise<void> => {
  for (const n of [1, 2]) await store.keys.add(addition(keySet(n), n === 1 ? undefined : 1), event('keys_rotated'))
  const made = Array.from({ length: users }, (_, n) => {
    const passwordHash = n === 1 ? 'unreadable' : n === 2 ? undefined : `hash ${n}`
    return store.users.create(user(n, { passwordHash }), event('user_created'))
  })
  await Promise.all(made)
  await store.enrolments.put(enrolment(1, { userId: 'user-1', slot: 'active' }), event('factors_changed'))
  await store.enrolments.put(enrolment(2, { userId: 'user-1', slot: 'pending' }), event('factors_changed'))
}

export const sealingScenarios = (scenario: Scenario): void => {
  scenario('seals everything anew in one commit, and counts what could not be opened', async (backend) => {
    const { store } = backend
    await fill(backend)
    const [revision, sets, secrets] = [
      await store.keys.revision(),
      await store.keys.list(),
      await store.enrolments.find('user-1'),
    ]
    const done = { keySets: 2, totpSecrets: 2, passwordHashes: users - 2, unreadable: 1 }
    assert.deepEqual(await store.sealAnew({ resealing: marked(7), audit: () => event('master_key_replaced') }), done)
    assert.equal(await store.keys.revision(), revision + 1)
    const anew = sets.map((set) => ({ ...set, sealed: Uint8Array.of(7, ...set.sealed) }))
    assert.deepEqual(await store.keys.list(), anew)
    assert.deepEqual(await store.keys.sealedPepper(), Uint8Array.of(7))
    const { active, pending } = await store.enrolments.find('user-1')
    for (const [before, after] of [
      [secrets.active, active],
      [secrets.pending, pending],
    ]) {
      assert.deepEqual(after, before && { ...before, sealed: Uint8Array.of(7, ...before.sealed) })
    }
    const hashOf = async (n: number) => (await store.users.find(`user-${n}`))?.passwordHash
    assert.deepEqual(
      [await hashOf(0), await hashOf(1), await hashOf(2), await hashOf(users - 1)],
      ['7 hash 0', 'unreadable', undefined, `7 hash ${users - 1}`],
    )
    assert.equal((await trail(store)).master_key_replaced, 1)
    await store.sealAnew({ resealing: marked(8) })
    assert.deepEqual(await store.keys.sealedPepper(), Uint8Array.of(8, 7))
    assert.equal((await trail(store)).master_key_replaced, 1)
  })

  scenario('changes nothing where the old key does not open a key set', async (backend) => {
    const { store } = backend
    await store.keys.add(addition(keySet(1)), event('keys_rotated'))
    await store.keys.add(addition(keySet(2), 1), event('keys_rotated'))
    const before = await store.keys.list()
    const wrong = new Error('wrong key')
    const resealing: Resealing = {
      ...marked(7),
      keySet: (set) => {
        if (set.number === 2) throw wrong
        return marked(7).keySet(set)
      },
    }
    await assert.rejects(store.sealAnew({ resealing }), wrong)
    assert.deepEqual(await store.keys.list(), before)
    assert.equal(await store.keys.sealedPepper(), undefined)
  })
}
