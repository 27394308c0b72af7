import assert from 'node:assert/strict'
import type { Authorization } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import {
  client,
  credential,
  digest,
  event,
  idOf,
  refresh,
  rotationAudit,
  session,
  start,
  trail,
  user,
  withSession,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const key = digest('retry key')

export const rotationScenarios = (scenario: Scenario): void => {
  scenario('exchanges the current generation for the next one', async ({ store, reopen }) => {
    await withSession(store)
    const command = refresh(1, { retryKeyDigest: key, now: start + 61, latest: start + 70 })
    const rotation = await store.authorizations.rotate(command, rotationAudit)
    assert.equal(rotation.outcome, 'rotated')
    const expected = session(1, {
      generation: 1,
      refreshKeyNumber: 8,
      rotatedAt: start + 61,
      retryKeyDigest: key,
      rotatedFrom: '192.0.2.1',
    })
    const { record } = rotation as { record: unknown }
    const after = await reopen()
    assert.deepEqual(record, await after.authorizations.find(idOf(1)))
    assert.deepEqual((await after.authorizations.find(idOf(1)))?.authorization, expected)
    assert.equal((await trail(after)).authorization_rotated, 1)
  })

  scenario('forgets the retry key of the rotation before', async ({ store }) => {
    await withSession(store)
    await rotated(store, { retryKeyDigest: key })
    await rotated(store, { generation: 1 })
    assert.equal((await store.authorizations.find(idOf(1)))?.authorization.retryKeyDigest, undefined)
  })

  scenario(
    'revokes the whole authorization when a superseded generation is presented again',
    async ({ store, reopen }) => {
      await withSession(store)
      await rotated(store)
      const reuse = await store.authorizations.rotate(refresh(1, { now: start + 65 }), rotationAudit)
      assert.deepEqual(reuse, { outcome: 'reused', authorizationId: idOf(1) })
      const after = await reopen()
      assert.equal((await after.authorizations.find(idOf(1)))?.authorization.revokedAt, start + 65)
      assert.equal(
        (await after.authorizations.rotate(refresh(1, { generation: 1 }), rotationAudit)).outcome,
        'inactive',
      )
      const { authorization_rotated, authorization_reused } = await trail(after)
      assert.deepEqual([authorization_rotated, authorization_reused], [1, 1])
    },
  )

  scenario('still sees the reuse after a restart between rotation and reuse', async ({ store, reopen }) => {
    await withSession(store)
    await rotated(store)
    const after = await reopen()
    assert.equal((await after.authorizations.rotate(refresh(1), rotationAudit)).outcome, 'reused')
  })

  scenario('answers a retry that carries its key with the same successor and writes nothing', async ({ store }) => {
    await withSession(store)
    const first = await store.authorizations.rotate(refresh(1, { retryKeyDigest: key }), rotationAudit)
    const before = await store.authorizations.find(idOf(1))
    const retry = refresh(1, { retryKeyDigest: key, now: start + 120, latest: start + 120, refreshKeyNumber: 9 })
    const replay = await store.authorizations.rotate(retry, rotationAudit)
    assert.deepEqual(replay, { ...first, outcome: 'replayed' })
    assert.deepEqual(await store.authorizations.find(idOf(1)), before)
    assert.equal((await trail(store)).authorization_rotated, 1)
  })

  scenario('takes another key for another caller, and revokes', async ({ store }) => {
    await withSession(store)
    await rotated(store, { retryKeyDigest: key })
    await expectReuse(store, { retryKeyDigest: digest('another key') })
  })

  scenario('takes a missing key for another caller, and revokes', async ({ store }) => {
    await withSession(store)
    await rotated(store, { retryKeyDigest: key })
    await expectReuse(store, {})
  })

  scenario('takes a key where the rotation had none for another caller, even within the leeway', async ({ store }) => {
    await withSession(store)
    await rotated(store)
    await expectReuse(store, { retryKeyDigest: key, reuseLeewaySeconds: 60 })
  })

  scenario('refuses a retry after the window, and revokes nothing', async ({ store, reopen }) => {
    await withSession(store)
    await rotated(store, { retryKeyDigest: key })
    const before = await store.authorizations.find(idOf(1))
    const late = refresh(1, { retryKeyDigest: key, now: start + 121, latest: start + 121 })
    assert.deepEqual(await store.authorizations.rotate(late, rotationAudit), { outcome: 'late' })
    const after = await reopen()
    assert.deepEqual(await after.authorizations.find(idOf(1)), before)
    const { refresh_late, authorization_reused } = await trail(after)
    assert.deepEqual([refresh_late, authorization_reused], [1, undefined])
    await rotated(after, { generation: 1 })
  })

  scenario('takes another key for another caller after the window too, and revokes', async ({ store }) => {
    await withSession(store)
    await rotated(store, { retryKeyDigest: key })
    await expectReuse(store, { retryKeyDigest: digest('another key'), now: start + 121, latest: start + 121 })
  })

  scenario('a clock that was set back reopens no retry window', async ({ store }) => {
    await withSession(store)
    await rotated(store, { retryKeyDigest: key })
    const setBack = refresh(1, { retryKeyDigest: key, now: start + 60, latest: start + 121 })
    assert.deepEqual(await store.authorizations.rotate(setBack, rotationAudit), { outcome: 'late' })
  })

  scenario('a clock that was set back reopens no leeway', async ({ store }) => {
    await withSession(store)
    const leeway = { reuseLeewaySeconds: 30 }
    await rotated(store, leeway)
    await expectReuse(store, { ...leeway, now: start + 60, latest: start + 91 })
  })

  scenario('answers no retry after the successor was used', async ({ store }) => {
    await withSession(store)
    await rotated(store, { retryKeyDigest: key })
    await rotated(store, { retryKeyDigest: key, generation: 1 })
    await expectReuse(store, { retryKeyDigest: key })
  })

  scenario('answers the predecessor within the leeway with the same successor', async ({ store }) => {
    await withSession(store)
    const leeway = { reuseLeewaySeconds: 30 }
    const first = await store.authorizations.rotate(refresh(1, leeway), rotationAudit)
    for (const now of [start + 60, start + 90]) {
      const again = await store.authorizations.rotate(refresh(1, { ...leeway, now, latest: now }), rotationAudit)
      assert.deepEqual(again, { ...first, outcome: 'replayed' })
    }
    await expectReuse(store, { ...leeway, now: start + 91, latest: start + 91 })
  })

  scenario('the leeway is for the immediate predecessor only', async ({ store }) => {
    await withSession(store)
    const leeway = { reuseLeewaySeconds: 30 }
    await rotated(store, leeway)
    await rotated(store, { ...leeway, generation: 1 })
    await expectReuse(store, leeway)
  })

  scenario(
    'knows no generation that was never given out, and no authorization that was never made',
    async ({ store }) => {
      await withSession(store)
      assert.deepEqual(await store.authorizations.rotate(refresh(1, { generation: 1 }), rotationAudit), {
        outcome: 'unknown',
      })
      assert.deepEqual(await store.authorizations.rotate(refresh(9), rotationAudit), { outcome: 'unknown' })
      await store.authorizations.create(session(2, { refreshKeyNumber: undefined }), event('authorization_created'))
      assert.deepEqual(await store.authorizations.rotate(refresh(2), rotationAudit), { outcome: 'unknown' })
      assert.equal((await trail(store)).authorization_reused, undefined)
      await rotated(store)
    },
  )

  const inactive: Readonly<Record<string, Partial<Authorization>>> = {
    revoked: { revokedAt: start + 1 },
    'expired at this very second': { expiresAt: start + 60 },
    "of an older epoch of its user's": { epoch: 6 },
    "of an older epoch of its client's": { clientEpoch: 3 },
    "a deleted user's": { subject: { kind: 'user', id: 'gone' } },
    "a disabled user's": { subject: { kind: 'user', id: 'user-2' }, epoch: 9 },
    'given through a disabled client': { clientId: 'client-2', clientEpoch: 9 },
    'given through a deleted client': { clientId: 'gone' },
    "a disabled client's": { subject: { kind: 'client', id: 'client-2' }, epoch: 9 },
  }
  for (const [why, differing] of Object.entries(inactive)) {
    scenario(`rotates nothing that is ${why}, and calls no generation of it reused`, async ({ store }) => {
      await withSession(store, { ...differing, generation: 1 })
      await store.users.create(user(2, { disabledAt: start }), event('user_created'))
      await store.clients.create(
        client(2, { disabledAt: start }),
        credential(2, { clientId: 'client-2' }),
        event('client_created'),
      )
      for (const generation of [1, 0]) {
        const rotation = await store.authorizations.rotate(refresh(1, { generation }), rotationAudit)
        assert.deepEqual(rotation, { outcome: 'inactive' })
      }
      const { authorization_rotated, authorization_reused } = await trail(store)
      assert.deepEqual([authorization_rotated, authorization_reused], [undefined, undefined])
    })
  }

  scenario(
    'judges expiry by the latest time that was ever seen, not by a clock that was set back',
    async ({ store }) => {
      await withSession(store, { expiresAt: start + 100 })
      const setBack = refresh(1, { now: start + 60, latest: start + 100 })
      assert.deepEqual(await store.authorizations.rotate(setBack, rotationAudit), { outcome: 'inactive' })
    },
  )
}

/** Rotates the first session, which must succeed. */
const rotated = async (store: StoreHandle, differing: Parameters<typeof refresh>[1] = {}): Promise<void> => {
  assert.equal((await store.authorizations.rotate(refresh(1, differing), rotationAudit)).outcome, 'rotated')
}

const expectReuse = async (store: StoreHandle, differing: Parameters<typeof refresh>[1]): Promise<void> => {
  const rotation = await store.authorizations.rotate(refresh(1, differing), rotationAudit)
  assert.deepEqual(rotation, { outcome: 'reused', authorizationId: idOf(1) })
  assert.notEqual((await store.authorizations.find(idOf(1)))?.authorization.revokedAt, undefined)
}
