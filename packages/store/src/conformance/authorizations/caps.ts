import assert from 'node:assert/strict'
import type { Authorization, Cap } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import { always, cap, digest, event, idOf, session, start, trail, user, withPrincipals } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const created = event('authorization_created')
/** Every access token of a fixture lives 600 seconds: from this second on one that was never used is unused. */
const unused = start + 601

const create = (store: StoreHandle, n: number, given: Partial<Authorization> = {}, within: Partial<Cap> = {}) =>
  store.authorizations.createWithin(cap(within), always, session(n, given), created)

/** Those of the first `n` that are not revoked. */
const standing = async (store: StoreHandle, n: number): Promise<readonly number[]> => {
  const found = await Promise.all(Array.from({ length: n }, (_, at) => store.authorizations.find(idOf(at + 1))))
  return found.flatMap((record, at) => (record && record.authorization.revokedAt === undefined ? [at + 1] : []))
}

const fill = async (store: StoreHandle, given: readonly Partial<Authorization>[]): Promise<void> => {
  await withPrincipals(store)
  await store.users.create(user(2), event('user_created'))
  for (const [at, one] of given.entries()) await store.authorizations.create(session(at + 1, one), created)
}

export const capScenarios = (scenario: Scenario): void => {
  scenario('makes as many as the cap permits, and refuses one more while all are in use', async ({ store }) => {
    await fill(store, [])
    for (const n of [1, 2, 3]) assert.notEqual(await create(store, n, {}, { most: 3 }), 'full')
    const before = await trail(store)
    assert.equal(await create(store, 4, {}, { most: 3, latest: start + 600 }), 'full')
    assert.equal(await store.authorizations.find(idOf(4)), undefined)
    assert.deepEqual([await standing(store, 4), await trail(store)], [[1, 2, 3], before])
  })

  scenario('ends the one that was unused for longest, and records it in the trail', async ({ store }) => {
    await fill(store, [{ lastUsedAt: start + 2 }, { rotatedAt: start + 1 }, { createdAt: start + 3 }])
    const made = await create(store, 4, { createdAt: unused + 2 }, { most: 3, latest: unused + 2 })
    assert.notEqual(made, 'full')
    assert.deepEqual(await standing(store, 4), [1, 3, 4])
    assert.equal((await store.authorizations.find(idOf(2)))?.authorization.revokedAt, unused + 2)
    const [, ended] = await store.audit.list({ limit: 2 })
    assert.deepEqual([ended?.action, ended?.authorizationId], ['authorization_revoked', idOf(2)])
  })

  scenario('takes one for used that was used and is not stored as used yet', async ({ store }) => {
    await fill(store, [{}, { lastUsedAt: start + 1 }])
    const lastUse = (id: string) => (id === idOf(1) ? unused : undefined)
    await create(store, 3, {}, { most: 2, latest: unused + 1, lastUse })
    assert.deepEqual(await standing(store, 3), [1, 3])
  })

  scenario('revokes as many as a lower cap requires, or refuses', async ({ store }) => {
    await fill(store, [{ lastUsedAt: start + 9 }, {}, {}, { lastUsedAt: unused }])
    assert.equal(await create(store, 5, {}, { most: 1, latest: unused }), 'full')
    assert.deepEqual(await standing(store, 5), [1, 2, 3, 4])
    await create(store, 6, {}, { most: 3, latest: unused })
    assert.deepEqual(await standing(store, 6), [1, 4, 6])
  })

  scenario('holds a cap exactly among 100 callers at once', async ({ store }) => {
    await fill(store, [])
    const callers = Array.from({ length: 100 }, (_, n) => create(store, n + 1))
    const outcomes = await Promise.all(callers)
    assert.equal(outcomes.filter((outcome) => outcome === 'full').length, 90)
    assert.equal((await standing(store, 100)).length, 10)
  })

  scenario('counts the same kind and subject alone', async ({ store }) => {
    await fill(store, [
      { kind: 'personal', secretDigest: digest('1') },
      { kind: 'password_change' },
      { subject: { kind: 'user', id: 'user-2' } },
      { dialect: 'efa' },
    ])
    assert.notEqual(await create(store, 5, {}, { most: 1 }), 'full')
  })

  scenario('N-418 counts all dialects but one together', async ({ store }) => {
    await fill(store, [{}, { dialect: 'efa' }, { dialect: 'manifold' }])
    const others = { among: { otherThan: 'native' } } as const
    assert.equal(await create(store, 4, { dialect: 'cikit' }, { ...others, most: 2 }), 'full')
    assert.notEqual(await create(store, 4, { dialect: 'cikit' }, { ...others, most: 3 }), 'full')
  })

  scenario('N-419 keeps the last ones of a client, whenever they were used', async ({ store }) => {
    const token = (n: number, given: Partial<Authorization> = {}) =>
      ({ kind: 'personal', secretDigest: digest(`${n}`), ...given }) as const
    await fill(store, [token(1, { clientId: 'other' }), token(2), token(3, { lastUsedAt: start })])
    await store.usage.record({ latest: start + 9, uses: new Map([[idOf(2), { at: start + 9 }]]), issues: [] })
    await create(store, 4, token(4), { most: 2, among: 'client', yields: 'any' })
    assert.deepEqual(await standing(store, 4), [1, 2, 4])
  })

  scenario('revokes none where none may yield', async ({ store }) => {
    await fill(store, [{}])
    assert.equal(await create(store, 2, {}, { most: 1, yields: 'none', latest: start + 1_000_000 }), 'full')
  })

  scenario('does not count what it replaces or ends itself', async ({ store }) => {
    await fill(store, [{}, {}])
    const within = cap({ most: 2 })
    const ending = { id: idOf(1), audit: event('authorization_revoked') }
    const once = await store.authorizations.createWithin(within, always, session(3), created, { ending })
    assert.notEqual(once, 'full')
    assert.deepEqual(await standing(store, 3), [2, 3])
    const all = await store.authorizations.createWithin(cap({ most: 1 }), always, session(4), created, {
      replacing: true,
    })
    assert.notEqual(all, 'full')
    assert.deepEqual(await standing(store, 4), [4])
  })

  scenario('counts nothing that has ended, and looks at it once', async ({ store }) => {
    const ended = [
      { expiresAt: start },
      { epoch: 6 },
      { clientEpoch: 3 },
      { idleSeconds: 5, createdAt: start - 5 },
      { revokedAt: start },
    ]
    await fill(store, [...ended, {}])
    assert.notEqual(await create(store, 7, {}, { most: 2 }), 'full')
    assert.deepEqual(await standing(store, 7), [6, 7])
    const { authorization_revoked: revoked } = await trail(store)
    assert.equal(revoked, undefined)
  })
}
