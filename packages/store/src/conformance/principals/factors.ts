import assert from 'node:assert/strict'
import { digest, enrolment, event, idOf, session, start, trail, user, withSession } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const changed = event('factors_changed')
const step = enrolment(0).lastStep
/** An acceptance of the step after the fixture's last. */
const next = { userId: 'user-1', slot: 'active', sealed: enrolment(0).sealed, step: step + 1, at: start + 60 } as const
const fresh = { lastStep: 0, failures: 0, confirmedAt: undefined }

export const enrolmentScenarios = (scenario: Scenario): void => {
  scenario('gives back every field of a TOTP secret in either slot', async ({ store, reopen }) => {
    await store.users.create(user(1), event('user_created'))
    await store.users.create(user(2), event('user_created'))
    const pending = enrolment(2, { slot: 'pending', confirmedAt: undefined })
    await store.enrolments.put(enrolment(1), changed)
    await store.enrolments.put(pending, changed)
    const after = await reopen()
    assert.deepEqual(await after.enrolments.find('user-1'), { active: enrolment(1), pending })
    assert.deepEqual(await after.enrolments.find('user-2'), { active: undefined, pending: undefined })
    assert.equal((await trail(after)).factors_changed, 2)
  })

  scenario(
    'puts a secret in the place of the one in its slot; a new active one discards a pending one',
    async ({ store }) => {
      await store.users.create(user(1), event('user_created'))
      const pending = (n: number) => enrolment(n, { ...fresh, slot: 'pending' })
      await store.enrolments.put(enrolment(1), changed)
      await store.enrolments.put(pending(2), changed)
      await store.enrolments.put(pending(3), changed)
      assert.deepEqual(await store.enrolments.find('user-1'), { active: enrolment(1), pending: pending(3) })
      await store.enrolments.put(enrolment(4, fresh), changed)
      assert.deepEqual(await store.enrolments.find('user-1'), { active: enrolment(4, fresh), pending: undefined })
      await assert.rejects(store.enrolments.put(enrolment(5, { userId: 'user-9' }), changed), {
        name: 'StoreError',
        kind: 'conflict',
      })
      assert.equal((await trail(store)).factors_changed, 4)
    },
  )

  scenario(
    'spends a step and all before it, confirms the secret once, clears the failures',
    async ({ store, reopen }) => {
      await withSession(store)
      await store.enrolments.put(enrolment(0, { confirmedAt: undefined }), changed)
      assert.equal(await store.enrolments.accept(next, changed), 'confirmed')
      const accepted = enrolment(0, { lastStep: step + 1, failures: 0, confirmedAt: start + 60 })
      assert.deepEqual((await store.enrolments.find('user-1')).active, accepted)
      for (const spent of [step + 1, step, step - 1]) {
        assert.equal(await store.enrolments.accept({ ...next, step: spent, at: start + 90 }, changed), 'spent')
      }
      const after = await reopen()
      assert.deepEqual((await after.enrolments.find('user-1')).active, accepted)
      assert.equal(await after.enrolments.accept({ ...next, step: step + 3, at: start + 90 }, changed), 'accepted')
      assert.deepEqual((await after.enrolments.find('user-1')).active, { ...accepted, lastStep: step + 3 })
      // Nothing was replaced, so no session ended. The trail has the secret and its first code; the others change nothing.
      const { sessionsEpoch, version } = (await after.users.find('user-1')) ?? user(0)
      assert.deepEqual([sessionsEpoch, version], [7, user(1).version + 2])
      assert.equal((await trail(after)).factors_changed, 2)
    },
  )

  scenario('accepts nothing for a slot that is empty or a user that does not exist', async ({ store }) => {
    await store.users.create(user(1), event('user_created'))
    await store.enrolments.put(enrolment(1), changed)
    const { sealed } = enrolment(1)
    for (const given of [{ slot: 'pending' }, { userId: '' }, { sealed: enrolment(2).sealed }] as const) {
      assert.equal(await store.enrolments.accept({ ...next, sealed, ...given }, changed), 'spent')
    }
    assert.deepEqual((await store.enrolments.find('user-1')).active, enrolment(1))
  })

  scenario(
    'lets a pending secret take the active one’s place with its first code, and ends the sessions',
    async ({ store, reopen }) => {
      await withSession(store)
      const personal = session(2, { kind: 'personal', epoch: 5, secretDigest: digest('pat') })
      await store.authorizations.create(personal, event('authorization_created'))
      await store.enrolments.put(enrolment(1), changed)
      await store.enrolments.put(enrolment(2, { ...fresh, slot: 'pending', failures: 3 }), changed)
      await store.recoveryCodes.replace('user-1', [digest('code')], changed)
      const { version } = (await store.users.find('user-1')) ?? user(0)
      const [old, pending] = [1, 2].map((n) => enrolment(n).sealed) as [Uint8Array, Uint8Array]
      // Until then the old one is the one that counts.
      assert.equal(await store.enrolments.accept({ ...next, sealed: old, step: step + 5 }, changed), 'accepted')
      assert.equal((await store.users.find('user-1'))?.sessionsEpoch, 7)
      assert.equal(await store.enrolments.accept({ ...next, slot: 'pending', sealed: pending }, changed), 'confirmed')
      const after = await reopen()
      assert.deepEqual(await after.enrolments.find('user-1'), {
        active: enrolment(2, { lastStep: step + 1, failures: 0, confirmedAt: start + 60 }),
        pending: undefined,
      })
      for (const sealed of [old, pending]) {
        assert.equal(await after.enrolments.accept({ ...next, sealed, step: step + 1 }, changed), 'spent')
      }
      assert.deepEqual(await after.users.find('user-1'), user(1, { sessionsEpoch: 8, version: version + 1 }))
      assert.equal(await after.recoveryCodes.countLeft('user-1'), 0)
      const subject = { kind: 'user', id: 'user-1' } as const
      const { authorizations } = await after.authorizations.listLive({ subject, latest: start, limit: 9 })
      assert.deepEqual(
        authorizations.map(({ id }) => id),
        [idOf(2)],
      )
      assert.equal((await trail(after)).factors_changed, 4)
    },
  )

  for (const slot of ['active', 'pending'] as const) {
    scenario(`accepts one of 100 parallel submissions of a code of the ${slot} secret`, async ({ store }) => {
      await store.users.create(user(1), event('user_created'))
      await store.enrolments.put(enrolment(0), changed)
      await store.enrolments.put(enrolment(1, { ...fresh, slot: 'pending' }), changed)
      const { sealed } = enrolment(slot === 'active' ? 0 : 1)
      const callers = Array.from({ length: 100 }, () => store.enrolments.accept({ ...next, slot, sealed }, changed))
      const outcomes = await Promise.all(callers)
      assert.equal(outcomes.filter((outcome) => outcome === 'accepted' || outcome === 'confirmed').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'spent').length, 99)
      assert.equal((await store.users.find('user-1'))?.sessionsEpoch, slot === 'active' ? 7 : 8)
    })
  }

  scenario('counts every wrong code, until a right one or an administrator clears them', async ({ store, reopen }) => {
    await store.users.create(user(1), event('user_created'))
    await store.enrolments.put(enrolment(0, { failures: 0 }), changed)
    await store.enrolments.put(enrolment(1, { ...fresh, slot: 'pending' }), changed)
    await Promise.all(Array.from({ length: 100 }, () => store.enrolments.countFailure('user-1')))
    const after = await reopen()
    const failures = async () => {
      const { active, pending } = await after.enrolments.find('user-1')
      return [active?.failures, pending?.failures]
    }
    assert.deepEqual(await failures(), [100, 100])
    const unlocking = { forgiveCodesOf: 'user-1', counters: new Map() }
    await after.counters.unlock(unlocking, event('account_unlocked'))
    assert.deepEqual(await failures(), [0, 0])
    assert.equal((await trail(after)).account_unlocked, 1)
    await after.enrolments.countFailure('user-1')
    assert.equal(await after.enrolments.accept(next, changed), 'accepted')
    assert.deepEqual(await failures(), [0, 0])
  })

  scenario('I9 does the same work for a wrong code of an unknown user', async ({ store }) => {
    await store.users.create(user(1), event('user_created'))
    await store.enrolments.put(enrolment(0), changed)
    const work = async (userId: string) => {
      const before = store.statistics()
      await store.enrolments.countFailure(userId)
      const after = store.statistics()
      return [after.reads - before.reads, after.writes - before.writes, after.commits - before.commits]
    }
    const real = await work('user-1')
    assert.deepEqual(await work('user-9'), real)
    assert.deepEqual(await work(''), real)
    assert.deepEqual(await store.enrolments.find(''), { active: undefined, pending: undefined })
  })
}

export const recoveryCodeScenarios = (scenario: Scenario): void => {
  const codes = ['a', 'b', 'c'].map((code) => digest(code))
  const [a = digest(''), b = digest('')] = codes

  scenario('spends each recovery code once, and only its own user’s', async ({ store, reopen }) => {
    for (const n of [1, 2]) await store.users.create(user(n), event('user_created'))
    await store.recoveryCodes.replace('user-1', codes, changed)
    assert.equal(await store.recoveryCodes.countLeft('user-1'), 3)
    assert.equal(await store.recoveryCodes.countLeft('user-2'), 0)
    assert.equal(await store.recoveryCodes.spend('user-1', a, start + 5, changed), 'spent')
    const after = await reopen()
    assert.equal(await after.recoveryCodes.spend('user-1', a, start + 6, changed), 'unknown')
    assert.equal(await after.recoveryCodes.spend('user-2', b, start + 6, changed), 'unknown')
    assert.equal(await after.recoveryCodes.spend('', b, start + 6, changed), 'unknown')
    assert.equal(await after.recoveryCodes.spend('user-1', digest('d'), start + 6, changed), 'unknown')
    assert.equal(await after.recoveryCodes.countLeft('user-1'), 2)
    assert.equal((await trail(after)).factors_changed, 2)
  })

  scenario('replaces all recovery codes of one user: the old ones are void', async ({ store }) => {
    for (const n of [1, 2]) await store.users.create(user(n), event('user_created'))
    await store.recoveryCodes.replace('user-1', codes, changed)
    await store.recoveryCodes.replace('user-2', codes, changed)
    await store.recoveryCodes.spend('user-1', a, start, changed)
    await store.recoveryCodes.replace('user-1', [digest('new')], changed)
    assert.equal(await store.recoveryCodes.countLeft('user-1'), 1)
    assert.equal(await store.recoveryCodes.countLeft('user-2'), 3)
    assert.equal(await store.recoveryCodes.spend('user-1', a, start, changed), 'unknown')
    assert.equal(await store.recoveryCodes.spend('user-1', b, start, changed), 'unknown')
    assert.equal(await store.recoveryCodes.spend('user-1', digest('new'), start, changed), 'spent')
    await assert.rejects(store.recoveryCodes.replace('user-9', codes, changed), { kind: 'conflict' })
  })

  scenario('spends a recovery code for one of 100 callers at once', async ({ store }) => {
    await store.users.create(user(1), event('user_created'))
    await store.recoveryCodes.replace('user-1', codes, event('user_changed'))
    const callers = Array.from({ length: 100 }, (_, n) => store.recoveryCodes.spend('user-1', a, start + n, changed))
    assert.equal((await Promise.all(callers)).filter((outcome) => outcome === 'spent').length, 1)
    assert.equal((await trail(store)).factors_changed, 1)
    assert.equal(await store.recoveryCodes.countLeft('user-1'), 2)
  })
}
