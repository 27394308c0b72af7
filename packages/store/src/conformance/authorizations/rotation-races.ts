import assert from 'node:assert/strict'
import type { RotateCommand, Rotation } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import {
  digest,
  event,
  idOf,
  refresh,
  rotationAudit,
  session,
  trail,
  withPrincipals,
  withSession,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** @param most how many callers the largest race has */
export const rotationRaces = (scenario: Scenario, most: number): void => {
  for (const callers of [...new Set([2, 10, 100, most])]) {
    scenario(`exactly one of ${callers} parallel refreshes wins, and no live token is left`, async ({ store }) => {
      await withSession(store)
      const rotations = await race(store, callers, () => refresh(1))
      assert.deepEqual(tally(rotations), { rotated: 1, reused: 1, ...(callers > 2 && { inactive: callers - 2 }) })
      assert.equal(await liveCount(store), 0)
      const { authorization_rotated, authorization_reused } = await trail(store)
      assert.deepEqual([authorization_rotated, authorization_reused], [1, 1])
    })

    scenario(`with a leeway ${callers} parallel refreshes all get the one successor`, async ({ store }) => {
      await withSession(store)
      const rotations = await race(store, callers, () => refresh(1, { reuseLeewaySeconds: 30 }))
      assert.deepEqual(tally(rotations), { rotated: 1, replayed: callers - 1 })
      assert.deepEqual(await liveGenerations(store), [1])
    })

    scenario(`${callers} parallel refreshes with the same key all get the one successor`, async ({ store }) => {
      await withSession(store)
      const retryKeyDigest = digest('one key')
      const rotations = await race(store, callers, () => refresh(1, { retryKeyDigest }))
      assert.deepEqual(tally(rotations), { rotated: 1, replayed: callers - 1 })
      assert.deepEqual(await liveGenerations(store), [1])
      assert.equal((await trail(store)).authorization_rotated, 1)
    })
  }

  scenario('of 100 parallel refreshes with 100 keys one wins, and no live token is left', async ({ store }) => {
    await withSession(store)
    const rotations = await race(store, 100, (n) => refresh(1, { retryKeyDigest: digest(`key ${n}`) }))
    assert.deepEqual(tally(rotations), { rotated: 1, reused: 1, inactive: 98 })
    assert.equal(await liveCount(store), 0)
  })

  scenario(
    'a retry gets the successor of what it presented, or is refused, while later refreshes overtake it',
    async ({ store }) => {
      await withPrincipals(store)
      const key = (n: number) => ({ retryKeyDigest: digest(`key ${n}`) })
      for (let round = 1; round <= 20; round++) {
        await store.authorizations.create(session(round), event('authorization_created'))
        await store.authorizations.rotate(refresh(round, key(0)), rotationAudit)
        const retries = race(store, 8, () => refresh(round, key(0)))
        await store.authorizations.rotate(refresh(round, { generation: 1, ...key(1) }), rotationAudit)
        for (const retry of await retries)
          if ('record' in retry)
            assert.deepEqual([retry.outcome, retry.record.authorization.generation], ['replayed', 1])
      }
    },
  )

  scenario('a revocation among 100 parallel refreshes with one key is final', async ({ store }) => {
    await withSession(store)
    const retryKeyDigest = digest('one key')
    const refreshes = race(store, 100, () => refresh(1, { retryKeyDigest }))
    await store.authorizations.revoke(idOf(1), refresh(1).now, event('authorization_revoked'))
    await refreshes
    assert.equal(await liveCount(store), 0)
    const generation = (await store.authorizations.find(idOf(1)))?.authorization.generation
    assert.deepEqual(await store.authorizations.rotate(refresh(1, { generation: generation ?? 9 }), rotationAudit), {
      outcome: 'inactive',
    })
  })
}

const race = (store: StoreHandle, callers: number, command: (n: number) => RotateCommand): Promise<Rotation[]> =>
  Promise.all(Array.from({ length: callers }, (_, n) => store.authorizations.rotate(command(n), rotationAudit)))

const tally = (rotations: readonly Rotation[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { outcome } of rotations) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

const liveGenerations = async (store: StoreHandle): Promise<number[]> => {
  const subject = { kind: 'user', id: 'user-1' } as const
  const { authorizations } = await store.authorizations.listLive({ subject, latest: refresh(1).latest, limit: 10 })
  return authorizations.map(({ generation }) => generation)
}

const liveCount = async (store: StoreHandle): Promise<number> => (await liveGenerations(store)).length
