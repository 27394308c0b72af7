import assert from 'node:assert/strict'
import { type AuditEvent, type RotationAudit, tallySeconds } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import { event, refresh, rotationAudit, start, withSession } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const failure = (key: string, differing: Partial<AuditEvent> = {}): AuditEvent =>
  event('login_failed', { tally: { key }, detail: undefined, authorizationId: undefined, ...differing })

const rows = async (store: StoreHandle) =>
  (await store.audit.list({ limit: 5000 })).filter(({ action }) => action === 'login_failed').reverse()

/** @param callers how many callers fail at most */
export const auditTallyScenarios = (scenario: Scenario, callers: number): void => {
  scenario('are a row at once, and their count one row when 15 minutes are over', async ({ store, reopen }) => {
    for (let n = 0; n < 5; n++) await store.audit.note([failure('a kind', { at: start + n })])
    await store.audit.note([failure('another kind', { at: start + 1, address: '192.0.2.9' })])
    const { tally: _, ...first } = failure('a kind')
    const { tally: __, ...other } = failure('another kind', { at: start + 1, address: '192.0.2.9' })
    assert.deepEqual(await rows(store), [
      { ...stored(first), sequence: 1 },
      { ...stored(other), sequence: 2 },
    ])
    assert.equal(await store.audit.settle(start + tallySeconds - 1), 0)
    const after = await reopen()
    assert.equal(await after.audit.settle(start + tallySeconds), 1)
    const [, , told] = await rows(after)
    assert.deepEqual(told, {
      ...stored({ ...first, requestId: undefined, clientId: undefined, dialect: undefined }),
      at: start + tallySeconds,
      detail: { count: 4, since: start },
      sequence: 3,
    })
  })

  scenario('are one row, however many of them come at once', async ({ store }) => {
    await Promise.all(Array.from({ length: 50 }, () => store.audit.note([failure('a kind')])))
    await store.audit.settle(start + tallySeconds)
    assert.deepEqual(
      (await rows(store)).map(({ detail }) => detail),
      [undefined, { count: 49, since: start }],
    )
  })

  scenario('have one row in 15 minutes, and begin anew after 15 without any', async ({ store }) => {
    // One a minute for an hour, settled every two minutes.
    for (let minute = 0; minute < 60; minute++) {
      await store.audit.note([failure('a kind', { at: start + minute * 60 })])
      if (minute % 2 === 1) await store.audit.settle(start + minute * 60)
    }
    const told = await rows(store)
    assert.equal(told.length, 4)
    for (let at = start + 3600; at < start + 3 * 3600; at += 120) await store.audit.settle(at)
    const all = await rows(store)
    const counted = all.map(({ detail }) => Number(detail?.count ?? 1))
    assert.equal(
      counted.reduce((sum, count) => sum + count, 0),
      60,
    )
    for (const [at, { at: time }] of all.slice(1).entries()) assert.ok(time - (all[at]?.at ?? 0) >= tallySeconds)
    await store.audit.note([failure('a kind', { at: start + 3 * 3600 })])
    const { detail } = (await rows(store)).at(-1) ?? {}
    assert.equal(detail, undefined)
  })

  scenario(`N-214 are few rows, even if ${callers} callers fail`, async ({ store }) => {
    const ofNobody = (n: number) =>
      failure(`kind ${n}`, { subject: undefined, actor: undefined, tally: { key: `kind ${n}`, most: 100 } })
    for (let n = 0; n < callers; n += 1000) {
      await store.audit.note(Array.from({ length: 1000 }, (_, at) => ofNobody(n + at)))
    }
    const told = await rows(store)
    assert.equal(told.length, 101)
    assert.deepEqual([told.at(-1)?.address, told.at(-1)?.requestId], [undefined, undefined])
    // An event with a subject still has its own row.
    await store.audit.note([failure('somebody', { tally: { key: 'somebody', most: 100 } })])
    assert.equal((await rows(store)).length, 102)
    await store.audit.settle(start + tallySeconds)
    const [count] = (await rows(store)).flatMap(({ detail }) => (detail ? [detail.count] : []))
    assert.equal(count, callers - 101)
  })

  scenario('tell a change in its own commit, as a row or a count', async ({ store }) => {
    const tallied: RotationAudit = (outcome) => ({ ...rotationAudit(outcome), tally: { key: 'repeats' } })
    await withSession(store)
    await store.authorizations.rotate(refresh(1), rotationAudit)
    const again = refresh(1, { reuseGrace: { seconds: 60, repeats: 32 } })
    const { writes } = store.statistics()
    for (let n = 0; n < 32; n++) {
      assert.equal((await store.authorizations.rotate(again, tallied)).outcome, 'repeated')
    }
    assert.equal(store.statistics().writes - writes, 32)
    const repeats = async () =>
      (await store.audit.list({ filter: { action: 'refresh_repeated' }, limit: 99 })).map(({ detail }) => detail?.count)
    assert.deepEqual(await repeats(), [3])
    await store.audit.settle(start + tallySeconds)
    assert.deepEqual(await repeats(), [31, 3])
  })

  scenario('settle themselves in batches', async ({ store }) => {
    const twice = Array.from({ length: 150 }, (_, n) => [failure(`kind ${n}`), failure(`kind ${n}`)]).flat()
    await store.audit.note(twice)
    assert.equal(await store.audit.settle(start + tallySeconds), 150)
    assert.equal(await store.audit.settle(start + tallySeconds), 0)
    assert.equal(await store.audit.settle(start + 2 * tallySeconds), 0)
    await store.audit.note([failure('kind 1')])
    assert.equal((await rows(store)).length, 301)
  })
}

/** As an entry is read back: what was not said is absent. */
const stored = (event: AuditEvent) =>
  Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined)) as unknown as AuditEvent
