import assert from 'node:assert/strict'
import type { AuditEvent, AuditFilter } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import { event, idOf, refresh, rotationAudit, start, withSession } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const person = (n: number) => ({ kind: 'user', id: `user-${n}` }) as const

/** Of one second each, beginning with `start`. The fifth is a rotation, whose subject did it. */
const events: readonly AuditEvent[] = [
  event('user_created', { actor: person(1), subject: person(2), authorizationId: idOf(1), clientId: 'client-1' }),
  event('user_changed', { actor: person(2), subject: person(2), authorizationId: idOf(2), clientId: 'client-2' }),
  event('user_changed', { actor: person(1), subject: person(1), authorizationId: idOf(1), clientId: 'client-2' }),
  event('user_deleted', { actor: undefined, subject: undefined, authorizationId: undefined, clientId: undefined }),
  event('authorization_rotated', { subject: person(1), authorizationId: idOf(1), clientId: 'client-1' }),
  event('user_deleted', { actor: person(2), subject: person(1), authorizationId: idOf(2), clientId: 'client-1' }),
].map((one, at) => ({ ...one, at: start + at }))

const filled = async (store: StoreHandle): Promise<void> => {
  for (const one of events) await store.audit.note([one])
}

/** Which of `events` a filter finds, newest first; page after page of one entry the same. */
const found = async (store: StoreHandle, filter: AuditFilter): Promise<readonly number[]> => {
  const whole = await store.audit.list({ filter, limit: 100 })
  const pages = []
  for (let before = undefined as (typeof whole)[number] | undefined; ; ) {
    const [entry] = await store.audit.list({ filter, before, limit: 1 })
    if (entry === undefined) break
    pages.push(entry)
    before = entry
  }
  assert.deepEqual(pages, whole)
  return whole.map(({ at }) => at - start)
}

export const auditListScenarios = (scenario: Scenario): void => {
  const filters: Readonly<Record<string, readonly [AuditFilter, readonly number[]]>> = {
    nothing: [{}, [5, 4, 3, 2, 1, 0]],
    'whom it concerns': [{ subject: 'user-1' }, [5, 4, 2]],
    'who did it': [{ actor: 'user-1' }, [4, 2, 0]],
    'a client': [{ clientId: 'client-2' }, [2, 1]],
    'what happened': [{ action: 'user_changed' }, [2, 1]],
    'what happened, rotations': [{ action: 'authorization_rotated' }, [4]],
    'what never happened': [{ action: 'authorization_reused' }, []],
    'an authorization': [{ authorizationId: idOf(1) }, [4, 2, 0]],
    'a beginning, inclusive': [{ from: start + 4 }, [5, 4]],
    'an end, exclusive': [{ to: start + 2 }, [1, 0]],
    'a period': [{ from: start + 1, to: start + 5 }, [4, 3, 2, 1]],
    'all at once': [
      { subject: 'user-2', actor: 'user-2', clientId: 'client-2', action: 'user_changed', authorizationId: idOf(2) },
      [1],
    ],
    'two that exclude each other': [{ subject: 'user-2', clientId: 'client-1', from: start + 1 }, []],
  }
  for (const [what, [filter, expected]] of Object.entries(filters)) {
    scenario(`are newest first, of both trails, filtered by ${what}`, async ({ store, reopen }) => {
      await filled(store)
      assert.deepEqual(await found(await reopen(), filter), expected)
    })
  }

  scenario('are in the order of the commits, and filtered ones in that of the times', async ({ store }) => {
    for (const at of [start + 9, start, start + 9]) await store.audit.note([event('user_changed', { at })])
    const times = async (filter: AuditFilter) =>
      (await store.audit.list({ filter, limit: 9 })).map(({ at, sequence }) => [at - start, sequence])
    assert.deepEqual(await times({}), [
      [9, 3],
      [0, 2],
      [9, 1],
    ])
    assert.deepEqual(await times({ action: 'user_changed' }), [
      [9, 3],
      [9, 1],
      [0, 2],
    ])
  })

  scenario('give back every field of a rotation, which its subject did', async ({ store, reopen }) => {
    await withSession(store)
    await store.authorizations.rotate(refresh(1), rotationAudit)
    const [newest] = await (await reopen()).audit.list({ limit: 1 })
    const rotated = rotationAudit('rotated')
    const { subject } = rotated
    assert.deepEqual(newest, { ...rotated, actor: subject, sequence: 4 })
  })

  scenario('oldest first, of both trails, after a place', async ({ store }) => {
    await filled(store)
    assert.deepEqual(
      (await store.audit.listAfter(2, 3)).map(({ sequence, at }) => [sequence, at - start]),
      [
        [3, 2],
        [4, 3],
        [5, 4],
      ],
    )
    assert.deepEqual(await store.audit.listAfter(6, 3), [])
  })
}
