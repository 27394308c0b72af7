import assert from 'node:assert/strict'
import type { RotateCommand, Rotation } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import { digest, idOf, refresh, rotationAudit, session, start, trail, withSession } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const grace = { reuseGrace: { seconds: 60, repeats: 32 } }
/** The last second of the grace after a rotation at `start + 60`. */
const lastSecond = start + 120

/** A predecessor that comes again although its caller has no retry key (RFC 9700 §4.14.2). */
export const reuseGraceScenarios = (scenario: Scenario): void => {
  scenario('counts a repeat within the grace, and changes nothing else', async ({ store, reopen }) => {
    await withSession(store)
    const first = await rotated(store)
    for (const [at, now] of [start + 60, lastSecond].entries()) {
      const again = await present(store, { now, latest: now })
      assert.deepEqual(again, { outcome: 'repeated', record: withRepeats(first, at + 1) })
    }
    const after = await reopen()
    assert.deepEqual((await after.authorizations.find(idOf(1)))?.authorization, {
      ...session(1, { generation: 1, refreshKeyNumber: 8, rotatedAt: start + 60, rotatedFrom: '192.0.2.1' }),
      repeats: 2,
    })
    const { authorization_rotated, refresh_repeated, authorization_reused } = await trail(after)
    assert.deepEqual([authorization_rotated, refresh_repeated, authorization_reused], [1, 2, undefined])
  })

  const thefts: Readonly<Record<string, Partial<RotateCommand>>> = {
    'comes from another address': { from: '192.0.2.2' },
    'comes from no known address': { from: undefined },
    'comes after the grace': { now: lastSecond + 1, latest: lastSecond + 1 },
    'comes after the grace, by a clock that was set back': { latest: lastSecond + 1 },
    'comes where the grace is switched off': { reuseGrace: { seconds: 0, repeats: 32 } },
    'comes where there is no grace': { reuseGrace: undefined },
    'brings a key where the rotation had none': { retryKeyDigest: digest('a key') },
  }
  for (const [what, differing] of Object.entries(thefts)) {
    scenario(`revokes when a predecessor ${what}`, async ({ store }) => {
      await withSession(store)
      await rotated(store)
      await expectReuse(store, differing)
    })
  }

  scenario('takes two callers of unknown address for different ones', async ({ store }) => {
    await withSession(store)
    await rotated(store, { from: undefined })
    assert.equal((await store.authorizations.find(idOf(1)))?.authorization.rotatedFrom, undefined)
    await expectReuse(store, { from: undefined })
  })

  scenario('revokes when the predecessor of the predecessor comes again', async ({ store }) => {
    await withSession(store)
    await rotated(store)
    await rotated(store, { generation: 1 })
    await expectReuse(store, {})
  })

  scenario('revokes at the 33rd repeat, and counts anew after a rotation', async ({ store }) => {
    await withSession(store)
    await rotated(store)
    await repeats(store, 32, 0)
    await rotated(store, { generation: 1 })
    assert.equal((await store.authorizations.find(idOf(1)))?.authorization.repeats, 0)
    await repeats(store, 32, 1)
    await expectReuse(store, { generation: 1 })
    assert.equal((await trail(store)).refresh_repeated, 64)
  })

  scenario('counts no repeat of what is revoked or expired', async ({ store }) => {
    for (const [n, differing] of [{ revokedAt: start + 1 }, { expiresAt: start + 60 }].entries()) {
      const row = { ...differing, generation: 1, rotatedAt: start + 60, rotatedFrom: '192.0.2.1' }
      if (n === 0) await withSession(store, row)
      else await store.authorizations.create(session(2, row), rotationAudit('rotated'))
      const rotation = await store.authorizations.rotate(refresh(n + 1, grace), rotationAudit)
      assert.deepEqual(rotation, { outcome: 'inactive' })
    }
    assert.equal((await trail(store)).refresh_repeated, undefined)
  })

  for (const callers of [2, 8, 33]) {
    scenario(`of ${callers} parallel callers with a grace one rotates, the others repeat`, async ({ store }) => {
      await withSession(store)
      const rotations = await Promise.all(Array.from({ length: callers }, () => present(store, {})))
      const outcomes = rotations.map(({ outcome }) => outcome).toSorted()
      assert.deepEqual(outcomes, [...Array(callers - 1).fill('repeated'), 'rotated'])
      const { authorization } = (await store.authorizations.find(idOf(1))) ?? assert.fail()
      assert.deepEqual([authorization.generation, authorization.revokedAt], [1, undefined])
    })
  }

  scenario('of 40 parallel callers with a grace the 34th revokes', async ({ store }) => {
    await withSession(store)
    const rotations = await Promise.all(Array.from({ length: 40 }, () => present(store, {})))
    const count = (outcome: string) => rotations.filter((rotation) => rotation.outcome === outcome).length
    const counts = ['rotated', 'repeated', 'reused', 'inactive'].map(count)
    assert.deepEqual(counts, [1, 32, 1, 6])
  })
}

/** Presents the first session's first refresh token as a caller with a grace does. */
const present = (store: StoreHandle, differing: Partial<RotateCommand>): Promise<Rotation> =>
  store.authorizations.rotate(refresh(1, { ...grace, ...differing }), rotationAudit)

/** Rotates the first session, which must succeed. */
const rotated = async (store: StoreHandle, differing: Partial<RotateCommand> = {}): Promise<Rotation> => {
  const rotation = await present(store, differing)
  assert.equal(rotation.outcome, 'rotated')
  return rotation
}

const repeats = async (store: StoreHandle, times: number, generation: number): Promise<void> => {
  for (let n = 0; n < times; n++) assert.equal((await present(store, { generation })).outcome, 'repeated')
}

const withRepeats = (rotation: Rotation, repeats: number) => {
  if (!('record' in rotation)) return assert.fail('there is no record')
  const { authorization } = rotation.record
  return { ...rotation.record, authorization: { ...authorization, repeats } }
}

const expectReuse = async (store: StoreHandle, differing: Partial<RotateCommand>): Promise<void> => {
  assert.deepEqual(await present(store, differing), { outcome: 'reused', authorizationId: idOf(1) })
  assert.notEqual((await store.authorizations.find(idOf(1)))?.authorization.revokedAt, undefined)
}
