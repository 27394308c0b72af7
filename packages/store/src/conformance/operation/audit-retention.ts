import assert from 'node:assert/strict'
import { type AuditExport, type AuditRetention, auditBeginning } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import { day, event, start } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const exportedEvent = event('audit_exported')
const hash = (letter: string): string => letter.repeat(64)

/** Ten days with two entries and two rotations each: places 1 to 40, those of a rotation even. */
const filled = async (store: StoreHandle): Promise<void> => {
  for (let n = 0; n < 20; n++) {
    const at = start + Math.floor(n / 2) * day
    await store.audit.note([event('user_changed', { at }), event('authorization_rotated', { at })])
  }
}

const exportTo = async (store: StoreHandle, through: number): Promise<void> => {
  const at = start + 10 * day
  const to = { through, hash: hash('a') }
  assert.equal(await store.audit.recordExport(await store.audit.exported(), to, { ...exportedEvent, at }), 'recorded')
}

const nothing: AuditRetention = { before: 0, rotationsBefore: 0, drop: undefined }

const places = async (store: StoreHandle, action: string): Promise<readonly number[]> =>
  (await store.audit.list({ filter: { action }, limit: 100 })).map(({ sequence }) => sequence).reverse()

export const auditRetentionScenarios = (scenario: Scenario): void => {
  scenario('knows how far it was exported, and lets one of two exports win', async ({ store, reopen }) => {
    await filled(store)
    const beginning: AuditExport = { through: 0, hash: auditBeginning }
    assert.deepEqual(await store.audit.exported(), beginning)
    const first = { through: 7, hash: hash('a') }
    const other = { through: 9, hash: hash('b') }
    const both = await Promise.all([first, other].map((to) => store.audit.recordExport(beginning, to, exportedEvent)))
    assert.deepEqual([...both].sort(), ['conflict', 'recorded'])
    const after = await reopen()
    assert.deepEqual(await after.audit.exported(), both[0] === 'recorded' ? first : other)
    assert.equal((await after.audit.list({ filter: { action: 'audit_exported' }, limit: 9 })).length, 1)
    const unknown = { through: 7, hash: hash('c') }
    assert.equal(await after.audit.recordExport(unknown, { through: 8, hash: hash('d') }, exportedEvent), 'conflict')
  })

  scenario('forgets what is too old and was exported, and keeps what was not', async ({ store, reopen }) => {
    await filled(store)
    await exportTo(store, 10)
    const before = start + 5 * day
    assert.equal(await store.audit.countOverdue(before), 5)
    assert.equal(await store.audit.collectGarbage({ ...nothing, before }), 5)
    const after = await reopen()
    assert.deepEqual((await places(after, 'user_changed')).slice(0, 2), [11, 13])
    assert.equal(await after.audit.countOverdue(before), 5)
    assert.equal(await after.audit.collectGarbage({ ...nothing, before }), 0)
    // What is young stays, exported or not.
    await exportTo(after, 41)
    assert.equal(await after.audit.countOverdue(before), 0)
    assert.equal(await after.audit.collectGarbage({ ...nothing, before }), 5)
    assert.deepEqual((await places(after, 'user_changed'))[0], 21)
  })

  scenario('forgets rotations by their own time, exported or not', async ({ store }) => {
    await filled(store)
    assert.equal(await store.audit.collectGarbage({ ...nothing, rotationsBefore: start + 8 * day }), 16)
    assert.deepEqual(await places(store, 'authorization_rotated'), [34, 36, 38, 40])
    assert.equal((await places(store, 'user_changed')).length, 20)
  })

  scenario('forgets what was never exported only on request, and says so', async ({ store }) => {
    await filled(store)
    const drop: AuditRetention['drop'] = ({ count, through }) =>
      event('audit_dropped', { at: start + 10 * day, detail: { count, through } })
    const retention = { ...nothing, before: start + 3 * day, drop }
    assert.equal(await store.audit.collectGarbage(retention), 6)
    const told = await store.audit.list({ filter: { action: 'audit_dropped' }, limit: 9 })
    assert.deepEqual(
      told.map(({ detail }) => detail),
      [{ count: 6, through: 11 }],
    )
    assert.equal(await store.audit.countOverdue(retention.before), 0)
    assert.equal(await store.audit.collectGarbage(retention), 0)
    assert.equal((await store.audit.list({ filter: { action: 'audit_dropped' }, limit: 9 })).length, 1)
  })

  scenario('gives no place twice, however much is forgotten', async ({ store, reopen }) => {
    await filled(store)
    await exportTo(store, 40)
    const all = { ...nothing, before: start + 99 * day, rotationsBefore: start + 99 * day }
    await store.audit.collectGarbage(all)
    assert.deepEqual(await places(store, 'authorization_rotated'), [40])
    const after = await reopen()
    await after.audit.note([event('user_changed')])
    assert.deepEqual(await places(after, 'user_changed'), [42])
  })

  scenario('forgets hundreds', async ({ store }) => {
    const many = Array.from({ length: 260 }, () => event('user_changed'))
    await store.audit.note(many)
    await exportTo(store, 260)
    assert.equal(await store.audit.collectGarbage({ ...nothing, before: start + 1 }), 260)
  })
}
