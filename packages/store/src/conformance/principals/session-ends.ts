import assert from 'node:assert/strict'
import type { StoreHandle } from '../../open/open.ts'
import {
  always,
  client,
  credential,
  digest,
  event,
  idOf,
  session,
  standing,
  start,
  trail,
  user,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const created = event('authorization_created')
const ended = event('authorizations_revoked')
const mine = { userId: 'user-1', keep: idOf(1) }

/** Two users with two sessions and a personal token each, a vendor's session, and a client's token. */
const prepare = async (store: StoreHandle): Promise<void> => {
  await store.users.create(user(1), event('user_created'))
  await store.users.create(user(2, { sessionsEpoch: 9 }), event('user_created'))
  await store.clients.create(client(1), credential(1), event('client_created'))
  const others = { subject: { kind: 'user', id: 'user-2' }, epoch: 9 } as const
  for (const one of [
    session(1),
    session(2),
    session(3, { kind: 'personal', secretDigest: digest('3') }),
    session(4, { dialect: 'efa' }),
    session(5, others),
    session(6, { ...others, kind: 'personal', secretDigest: digest('6') }),
    standing(7),
    session(8, { revokedAt: start }),
    session(9, { kind: 'enrolment' }),
  ]) {
    await store.authorizations.create(one, created)
  }
}

const alive = async (store: StoreHandle): Promise<readonly string[]> =>
  (await store.authorizations.listLive({ latest: start, limit: 20 })).authorizations.map(({ id }) => id).reverse()

export const sessionEndScenarios = (scenario: Scenario): void => {
  scenario('ends every session of a user but one, of every dialect, and no personal token', async ({ store }) => {
    await prepare(store)
    assert.equal(await store.users.endOtherSessions(mine, always, ended), 'revoked')
    assert.deepEqual(await alive(store), [1, 3, 5, 6, 7].map(idOf))
    assert.equal((await store.users.find('user-1'))?.version, user(1).version + 1)
    assert.equal((await trail(store)).authorizations_revoked, 1)
  })

  scenario('ends every session of all users but one, and nothing that a client holds', async ({ store }) => {
    await prepare(store)
    assert.equal(await store.users.endEverybodysSessions(mine, always, ended), 'revoked')
    assert.deepEqual(await alive(store), [1, 3, 6, 7].map(idOf))
    const found = (await store.users.list({ limit: 9 })).users
    assert.deepEqual(
      found.map(({ version }) => version),
      [4, 4],
    )
    assert.equal((await trail(store)).authorizations_revoked, 1)
  })

  for (const [n, what] of [
    [8, 'a session that has ended'],
    [5, 'a session of another user'],
    [3, 'a personal token'],
  ] as const) {
    scenario(`I3 keeps no ${what}`, async ({ store }) => {
      await prepare(store)
      const before = (await store.authorizations.find(idOf(n)))?.authorization.epoch
      await store.users.endEverybodysSessions({ userId: 'user-1', keep: idOf(n) }, always, ended)
      assert.equal((await store.authorizations.find(idOf(n)))?.authorization.epoch, before)
    })
  }
}
