import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StoreHandle } from '../../open/open.ts'
import { always, event, start, trail, user } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const created = event('user_created')
const owner = user(0, { role: 'owner' })

export const ownershipScenarios = (scenario: Scenario): void => {
  const audit = event('ownership_transferred')

  scenario('transfers ownership: the owner becomes a manager, the successor the owner', async ({ store, reopen }) => {
    await store.users.create(owner, created)
    await store.users.create(user(1, { role: 'viewer' }), created)
    assert.equal(await store.users.transferOwnership('user-0', 'user-1', always, audit), 'transferred')
    const after = await reopen()
    assert.deepEqual(await after.users.findOwner(), user(1, { role: 'owner' }))
    assert.deepEqual(await after.users.find('user-0'), { ...owner, role: 'manager' })
    assert.equal((await trail(after)).ownership_transferred, 1)
  })

  scenario('transfers to no user who is unknown, disabled or the same, and from no other user', async ({ store }) => {
    await store.users.create(owner, created)
    await store.users.create(user(1), created)
    await store.users.create(user(2, { disabledAt: start }), created)
    for (const [from, to] of [
      ['user-0', 'user-9'],
      ['user-0', 'user-2'],
      ['user-0', 'user-0'],
      ['user-1', 'user-0'],
      ['user-1', 'user-1'],
      ['user-9', 'user-1'],
    ] as const) {
      assert.equal(await store.users.transferOwnership(from, to, always, audit), 'conflict', `${from} to ${to}`)
    }
    assert.deepEqual(await store.users.findOwner(), owner)
    assert.deepEqual(await trail(store), { user_created: 3 })
  })

  scenario('one of 100 parallel transfers succeeds, and every read sees one owner', async ({ store }) => {
    await store.users.create(owner, created)
    const successors = Array.from({ length: 100 }, (_, n) => `user-${n + 1}`)
    await Promise.all(successors.map((_, n) => store.users.create(user(n + 1), created)))
    let over = false
    const seen = watchOwners(store, () => over)
    const outcomes = await Promise.all(
      successors.map((successor) => store.users.transferOwnership('user-0', successor, always, audit)),
    )
    // And on from successor to successor, during reads.
    let from = successors[outcomes.indexOf('transferred')] ?? ''
    for (const to of successors.filter((successor) => successor !== from).slice(0, 50)) {
      const transfer = store.users.transferOwnership(from, to, always, audit)
      assert.equal(await countOwners(store), 1)
      assert.equal(await transfer, 'transferred')
      from = to
    }
    over = true
    assert.deepEqual(outcomes.filter((outcome) => outcome === 'transferred').length, 1)
    const counts = await seen
    assert.deepEqual(new Set(counts), new Set([1]))
    assert.equal((await store.users.findOwner())?.id, from)
    assert.equal((await trail(store)).ownership_transferred, 51)
  })
}

const countOwners = async (store: StoreHandle): Promise<number> => {
  const { users } = await store.users.list({ limit: 1000 })
  const owners = users.filter(({ role }) => role === 'owner').length
  return (await store.users.findOwner()) === undefined ? 0 : owners
}

/** Counts the owners again and again, also in the middle of other units, until `over`. */
const watchOwners = async (store: StoreHandle, over: () => boolean): Promise<number[]> => {
  const counts: number[] = []
  for (let reads = 0; !over(); reads++) {
    counts.push(await countOwners(store))
    if (reads % 8 === 0) await nextTurn()
  }
  return counts
}
