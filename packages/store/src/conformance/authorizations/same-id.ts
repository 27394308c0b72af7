import assert from 'node:assert/strict'
import type { StoreHandle } from '../../open/open.ts'
import {
  client,
  credential,
  day,
  event,
  idOf,
  refresh,
  rotationAudit,
  session,
  start,
  user,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const created = event('authorization_created')
const id = 'same-id'
const asUser = { kind: 'user', id } as const
const asClient = { kind: 'client', id } as const

/** A user and a registered client that have one id, each with a session of its own (1 and 2). */
const withBoth = async (store: StoreHandle, disabled: 'user' | 'client' | 'none'): Promise<void> => {
  const at = (who: typeof disabled) => (disabled === who ? start : undefined)
  await store.users.create(
    user(1, { id, role: 'owner', sessionsEpoch: 7, disabledAt: at('user') }),
    event('user_created'),
  )
  const registered = client(1, { id, role: 'viewer', epoch: 4, disabledAt: at('client') })
  await store.clients.create(registered, credential(1, { clientId: id }), event('client_created'))
  const builtIn = { clientId: 'built-in', clientEpoch: undefined }
  await store.authorizations.create(session(1, { ...builtIn, subject: asUser }), created)
  await store.authorizations.create(session(2, { ...builtIn, subject: asClient, epoch: 4 }), created)
}

export const sameIdScenarios = (scenario: Scenario): void => {
  scenario('finds the subject that is meant, with its own name, role and epoch', async ({ store }) => {
    await withBoth(store, 'none')
    const [one, two] = await Promise.all([1, 2].map((n) => store.authorizations.find(idOf(n))))
    assert.deepEqual(one?.subject, {
      name: 'Ada.1',
      role: 'owner',
      enabled: true,
      sessionsEpoch: 7,
      personalEpoch: 5,
    })
    assert.deepEqual(two?.subject, {
      name: 'Reporting 1',
      role: 'viewer',
      enabled: true,
      sessionsEpoch: 4,
      personalEpoch: 4,
    })
  })

  for (const disabled of ['user', 'client'] as const) {
    const [ended, active] = disabled === 'user' ? ([1, 2] as const) : ([2, 1] as const)
    scenario(`ends only the tokens of the ${disabled} when that one is disabled`, async ({ store }) => {
      await withBoth(store, disabled)
      assert.equal((await store.authorizations.find(idOf(ended)))?.subject?.enabled, false)
      assert.equal((await store.authorizations.find(idOf(active)))?.subject?.enabled, true)
      assert.equal((await store.authorizations.rotate(refresh(ended), rotationAudit)).outcome, 'inactive')
      assert.equal((await store.authorizations.rotate(refresh(active), rotationAudit)).outcome, 'rotated')
    })
  }

  scenario('lists for each what is its own', async ({ store }) => {
    await withBoth(store, 'none')
    for (const [subject, n] of [
      [asUser, 1],
      [asClient, 2],
    ] as const) {
      const page = await store.authorizations.listLive({ subject, latest: start + day, limit: 10 })
      assert.deepEqual(
        page.authorizations.map((found) => found.id),
        [idOf(n)],
      )
    }
  })

  scenario('ends with the removal of the one nothing of the other', async ({ store }) => {
    await withBoth(store, 'none')
    await store.clients.remove(id, event('client_deleted'))
    assert.equal((await store.authorizations.find(idOf(1)))?.authorization.revokedAt, undefined)
    assert.equal((await store.authorizations.find(idOf(2)))?.authorization.revokedAt, start)
    assert.equal((await store.authorizations.rotate(refresh(1), rotationAudit)).outcome, 'rotated')
  })
}
