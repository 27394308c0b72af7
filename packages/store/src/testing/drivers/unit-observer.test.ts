import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { event, refresh, rotationAudit, session, user, withPrincipals } from '../../conformance/scenario/fixtures.ts'
import type { Backend } from '../../conformance/scenario/scenario.ts'
import { pgliteBackends } from '../postgres/postgres-backend.ts'
import { sqliteBackend } from '../sqlite-backend.ts'
import type { ObservedUnit } from './change.ts'
import { observeUnits } from './unit-observer.ts'

/** The units of some writes, two of which were undone. */
const observed = async (backend: () => Promise<Backend>): Promise<readonly ObservedUnit[]> => {
  using observer = observeUnits()
  const { store, inject, dispose } = await backend()
  await withPrincipals(store)
  await store.authorizations.create(session(1), event('authorization_created'))
  observer.clear()
  await store.users.create(user(2), event('user_created'))
  assert.equal(await store.users.create(user(2), event('user_created')), 'username_taken')
  await store.authorizations.rotate(refresh(1), rotationAudit)
  const mend = await inject({ table: 'audit', on: 'insert' })
  await assert.rejects(store.users.create(user(3), event('user_created')))
  await mend()
  const units = [...observer.units]
  await dispose()
  return units
}

describe('the observer of units', () => {
  it('tells what each has changed, and nothing of those that were undone, of either driver', async () => {
    const onFile = await observed(sqliteBackend)
    const backends = await pgliteBackends()
    const onServer = await observed(backends.factory)
    await backends.close()
    assert.deepEqual(onServer, onFile)
    assert.deepEqual(
      onFile.map(({ changes, audited }) => [audited, ...changes.map(({ verb, table, rows }) => [verb, table, rows])]),
      [
        [1, ['insert', 'users', 1]],
        [1, ['update', 'authorizations', 1]],
      ],
    )
  })
})
