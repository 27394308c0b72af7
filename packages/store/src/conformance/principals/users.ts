import assert from 'node:assert/strict'
import type { StoreHandle } from '../../open/open.ts'
import {
  always,
  day,
  digest,
  enrolment,
  event,
  idOf,
  judged,
  newPassword,
  recentFile,
  session,
  start,
  trail,
  user,
  withPrincipals,
  withSession,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const created = event('user_created')
const changed = event('user_changed')
const owner = user(0, { role: 'owner' })

export const userChangeScenarios = (scenario: Scenario): void => {
  listScenarios(scenario)
  changeScenarios(scenario)
  epochScenarios(scenario)
}

const listScenarios = (scenario: Scenario): void => {
  scenario('lists users in the order of creation, whatever their ids and times, page by page', async ({ store }) => {
    assert.deepEqual(await store.users.list({ limit: 9 }), { users: [], next: undefined })
    const made = ['m', 'z', 'a', 'k', 'b'].map((id, n) => user(n, { id, createdAt: start - n }))
    for (const one of made) await store.users.create(one, created)
    assert.deepEqual(await store.users.list({ limit: 5 }), { users: made, next: undefined })
    const first = await store.users.list({ limit: 2 })
    assert.deepEqual(first, { users: made.slice(0, 2), next: 'z' })
    const second = await store.users.list({ limit: 2, after: first.next })
    assert.deepEqual(second, { users: made.slice(2, 4), next: 'k' })
    assert.deepEqual(await store.users.list({ limit: 2, after: second.next }), {
      users: made.slice(4),
      next: undefined,
    })
  })

  scenario(
    'finds users by the beginning of their canonical names, in the order of these, page by page',
    async ({ store }) => {
      const names = ['ada', 'ad', 'adb', 'ada king', 'ada\u{10fffd}', 'b', 'a%']
      const made = names.map((canonicalName, n) => user(n, { canonicalName, nameSkeleton: canonicalName }))
      for (const one of made) await store.users.create(one, created)
      const search = async (prefix: string, limit: number, after?: string) => {
        const { users, next } = await store.users.search({ prefix, limit, after })
        return { names: users.map(({ canonicalName }) => canonicalName), next }
      }
      assert.deepEqual(await search('ada', 9), { names: ['ada', 'ada king', 'ada\u{10fffd}'], next: undefined })
      assert.deepEqual(await search('ada', 2), { names: ['ada', 'ada king'], next: 'ada king' })
      assert.deepEqual(await search('ada', 2, 'ada king'), { names: ['ada\u{10fffd}'], next: undefined })
      assert.deepEqual(await search('a%', 9), { names: ['a%'], next: undefined })
      assert.deepEqual(await search('c', 9), { names: [], next: undefined })
    },
  )

  scenario('misses no user on the next page when the last one of the page before was removed', async ({ store }) => {
    for (const n of [1, 2, 3, 4]) await store.users.create(user(n), created)
    await store.users.remove('user-2', event('user_deleted'))
    const { users } = await store.users.list({ limit: 9, after: 'user-2' })
    assert.deepEqual(
      users.map(({ id }) => id),
      ['user-3', 'user-4'],
    )
    await store.users.remove('user-4', event('user_deleted'))
    assert.deepEqual(await store.users.list({ limit: 9, after: 'user-4' }), { users: [], next: undefined })
  })
}

const changeScenarios = (scenario: Scenario): void => {
  scenario('changes a role, which takes effect on every token at once', async ({ store, reopen }) => {
    await withSession(store)
    assert.equal(await store.users.change('user-1', { role: 'viewer', at: start }, always, [changed]), 'changed')
    assert.equal(await store.users.change('user-9', { role: 'viewer', at: start }, always, [changed]), 'unknown')
    const after = await reopen()
    assert.deepEqual(await after.users.find('user-1'), user(1, { role: 'viewer' }))
    assert.equal((await after.authorizations.find(idOf(1)))?.subject?.role, 'viewer')
    assert.equal((await trail(after)).user_changed, 1)
  })

  scenario('neither demotes nor disables nor removes the owner', async ({ store }) => {
    await store.users.create(owner, created)
    assert.equal(await store.users.change('user-0', { role: 'manager', at: start }, always, [changed]), 'protected')
    assert.equal(await store.users.change('user-0', { disabled: true, at: start }, always, [changed]), 'protected')
    assert.equal(await store.users.remove('user-0', changed), 'protected')
    assert.deepEqual(await store.users.findOwner(), owner)
    assert.deepEqual(await trail(store), { user_created: 1 })
  })

  scenario("changes the required factors, the owner's too", async ({ store, reopen }) => {
    await store.users.create(owner, created)
    const audit = event('factors_changed')
    const requiredFactors = ['totp'] as const
    assert.equal(await store.users.change('user-0', { requiredFactors, at: start }, always, [audit]), 'changed')
    assert.equal(await store.users.change('user-9', { requiredFactors, at: start }, always, [audit]), 'unknown')
    const after = await reopen()
    const { version } = (await after.users.find('user-0')) ?? owner
    const sessionsEpoch = owner.sessionsEpoch + 1
    assert.deepEqual(await after.users.find('user-0'), { ...owner, requiredFactors, sessionsEpoch, version })
    assert.equal((await trail(after)).factors_changed, 1)
  })

  scenario(
    'lets a user choose them once of two times, and voids codes that may have been made with fewer factors',
    async (given) => {
      const { store } = given
      await withSession(store)
      await store.authorizations.create(session(2), created)
      await store.enrolments.put(enrolment(1, { slot: 'pending' }), changed)
      await store.recoveryCodes.replace('user-1', [digest('code')], changed)
      const audit = event('factors_changed')
      const both = user(1).requiredFactors
      const less = { userId: 'user-1', to: ['totp'], keep: idOf(1) } as const
      const version = (await store.users.find('user-1'))?.version ?? 0
      const on = judged({ user: { id: 'user-1', version } })
      assert.equal(await store.users.chooseRequiredFactors(less, on, audit), 'changed')
      assert.equal(await store.users.chooseRequiredFactors({ ...less, to: ['password'] }, on, audit), 'stale')
      assert.equal((await store.enrolments.find('user-1')).pending, undefined)
      assert.equal(await store.recoveryCodes.countLeft('user-1'), 1)
      assert.equal(await store.users.chooseRequiredFactors({ ...less, to: both }, always, audit), 'changed')
      assert.deepEqual((await store.users.find('user-1'))?.requiredFactors, both)
      assert.equal(await store.recoveryCodes.countLeft('user-1'), 0)
      const epochs = [1, 2].map(async (n) => (await store.authorizations.find(idOf(n)))?.authorization.epoch)
      const now = (await store.users.find('user-1'))?.sessionsEpoch ?? 0
      assert.deepEqual(await Promise.all(epochs), [now, now - 2])
    },
  )

  scenario('removes a user with all of their rows, after which the name is free', async ({ store, reopen }) => {
    await withSession(store)
    await store.users.create(user(2), created)
    await store.authorizations.create(session(2, { subject: { kind: 'user', id: 'user-2' } }), created)
    await store.enrolments.put(enrolment(1), changed)
    await store.enrolments.put(enrolment(2, { slot: 'pending' }), changed)
    await store.recoveryCodes.replace('user-1', [digest('code')], changed)
    await store.recentFiles.record('user-1', recentFile(1))

    assert.equal(await store.users.remove('user-1', event('user_deleted')), 'changed')
    assert.equal(await store.users.remove('user-1', event('user_deleted')), 'unknown')
    const after = await reopen()
    const find = async (n: number) => (await after.authorizations.find(idOf(n)))?.authorization.revokedAt
    assert.deepEqual([await find(1), await find(2)], [start, undefined])
    assert.equal((await trail(after)).user_deleted, 1)
    assert.equal(await after.authorizations.collectGarbage(start + 30 * day + 1), 1)

    // The same name, and even the same id, begin with nothing.
    assert.equal(await after.users.create(user(1), created), 'created')
    assert.deepEqual(await after.enrolments.find('user-1'), { active: undefined, pending: undefined })
    assert.equal(await after.recoveryCodes.countLeft('user-1'), 0)
    assert.deepEqual(await after.recentFiles.list('user-1'), [])
  })

  scenario('removes a user with many sessions, and all of them, in one commit', async ({ store }) => {
    await withPrincipals(store)
    const sessions = Array.from({ length: 1200 }, (_, n) => store.authorizations.create(session(n), created))
    await Promise.all(sessions)
    const before = store.statistics()
    assert.equal(await store.users.remove('user-1', event('user_deleted')), 'changed')
    assert.equal(store.statistics().commits - before.commits, 1)
    assert.equal(await store.authorizations.collectGarbage(start + 30 * day + 1), 1200)
  })
}

const epochScenarios = (scenario: Scenario): void => {
  scenario(
    'I3 disabling kills every authorization, and enabling brings none of them back',
    async ({ store, reopen }) => {
      await withGrants(store)
      assert.equal(await store.users.change('user-1', { disabled: true, at: start + 5 }, always, [changed]), 'changed')
      assert.equal(await store.users.change('user-1', { disabled: true, at: start + 6 }, always, [changed]), 'changed')
      assert.equal(await store.users.change('user-9', { disabled: true, at: start + 5 }, always, [changed]), 'unknown')
      const disabled = await store.users.find('user-1')
      assert.deepEqual(disabled, user(1, { disabledAt: start + 5, sessionsEpoch: 9, personalEpoch: 9, version: 5 }))
      const after = await reopen()
      assert.equal(await after.users.change('user-1', { disabled: false, at: start }, always, [changed]), 'changed')
      assert.equal(await after.users.change('user-9', { disabled: false, at: start }, always, [changed]), 'unknown')
      assert.equal((await after.users.find('user-1'))?.disabledAt, undefined)
      assert.deepEqual(await living(after), [])
      assert.equal((await trail(after)).user_changed, 3)
    },
  )

  scenario('revokes all sessions of a user with one row, and personal tokens on request', async ({ store }) => {
    await withGrants(store)
    const audit = event('authorizations_revoked')
    assert.equal(await store.users.revokeAll('user-1', { personal: false }, audit), 'revoked')
    assert.deepEqual(await store.users.find('user-1'), user(1, { sessionsEpoch: 8, version: 4 }))
    assert.deepEqual(await living(store), [idOf(3), idOf(2)])
    assert.equal(await store.users.revokeAll('user-1', { personal: true }, audit), 'revoked')
    assert.deepEqual(await store.users.find('user-1'), user(1, { sessionsEpoch: 9, personalEpoch: 9, version: 5 }))
    assert.deepEqual(await living(store), [])
    assert.equal(await store.users.revokeAll('user-9', { personal: true }, audit), 'unknown')
    assert.equal((await trail(store)).authorizations_revoked, 2)
  })

  scenario('resets a password and ends the sessions, not the personal tokens', async ({ store }) => {
    await withGrants(store)
    const password = { ...newPassword('$argon2id$reset'), standsAlone: false, mustChangeSince: start + 8 }
    const reset = { userId: 'user-1', password, secret: 'kept', requiredFactors: ['password', 'totp'] } as const
    assert.equal(await store.users.reset(reset, always, event('password_changed')), 'changed')
    const found = (await store.users.find('user-1')) ?? user(0)
    assert.deepEqual(found, {
      ...user(1, { passwordHash: '$argon2id$reset', passwordStandsAlone: false, mustChangeSince: start + 8 }),
      sessionsEpoch: 8,
      version: found.version,
    })
    assert.deepEqual(await living(store), [idOf(3), idOf(2)])
    assert.equal((await trail(store)).password_changed, 1)
  })

  scenario('changes several members of a user in one commit', async ({ store }) => {
    await withGrants(store)
    const before = store.statistics()
    const changes = { role: 'viewer', disabled: true, requiredFactors: ['totp'], at: start + 5 } as const
    assert.equal(await store.users.change('user-1', changes, always, [changed, changed]), 'changed')
    assert.equal(store.statistics().commits - before.commits, 1)
    const { role, disabledAt, requiredFactors } = (await store.users.find('user-1')) ?? user(0)
    assert.deepEqual([role, disabledAt, requiredFactors], ['viewer', start + 5, ['totp']])
    assert.equal((await trail(store)).user_changed, 2)
  })
}

/** A session and two personal tokens: one of the user's personal epoch, one of the sessions'. */
const withGrants = async (store: StoreHandle): Promise<void> => {
  await withPrincipals(store)
  for (const grant of [
    session(1),
    session(2, { kind: 'personal', epoch: 5, secretDigest: digest('of the personal epoch') }),
    session(3, { kind: 'personal', epoch: 7, secretDigest: digest('of the sessions epoch') }),
  ]) {
    await store.authorizations.create(grant, event('authorization_created'))
  }
}

const living = async (store: StoreHandle): Promise<string[]> => {
  const subject = { kind: 'user', id: 'user-1' } as const
  const { authorizations } = await store.authorizations.listLive({ subject, latest: start, limit: 10 })
  return authorizations.map(({ id }) => id)
}
