import assert from 'node:assert/strict'
import { constants, DatabaseSync } from 'node:sqlite'
import { afterEach, describe, it, vi } from 'vitest'
import {
  cap,
  day,
  event,
  idOf,
  refresh,
  rotationAudit,
  session,
  start,
  withPrincipals,
} from '../../conformance/scenario/fixtures.ts'
import { openStore, type StoreHandle } from '../../open/open.ts'
import { temporaryFolder } from '../../testing/folder.ts'

const created = event('authorization_created')
const subject = { kind: 'user', id: 'user-1' } as const

/** What requests and background tasks do, with other values each time. */
const use = async (store: StoreHandle, round: number): Promise<void> => {
  const latest = start + 100 + round
  const [one, other] = [10 * round + 1, 10 * round + 2]
  await store.authorizations.create(session(one), created, { replacing: true, sole: { latest } })
  await store.authorizations.create(
    session(other, { kind: 'personal', dialect: 'insight', idleSeconds: undefined }),
    created,
  )
  await store.authorizations.createWithin(cap({ latest }), { latest }, session(other + 1), created)
  await store.authorizations.find(idOf(one))
  await store.authorizations.rotate(refresh(one), rotationAudit)
  await store.authorizations.listLive({ subject, latest, limit: 10 + round })
  await store.authorizations.listLive({
    subject,
    kind: round % 2 ? 'personal' : 'session',
    dialect: 'native',
    latest,
    limit: 10 + round,
  })
  await store.authorizations.listLive({ kind: 'personal', latest, limit: 10 + round, after: idOf(900 + round) })
  await store.authorizations.revoke(idOf(other), latest, event('authorization_revoked'))
  await store.users.list({ limit: 10 + round })
  await store.clients.list({ limit: 10 + round })
  await store.counters.read([`a ${round}`, `b ${round}`])
  await store.usage.record({ latest, uses: new Map([[idOf(one), { at: latest }]]), issues: [] })
  await store.revocations.listAfter(round, 10 + round)
  await store.audit.list({ limit: 10 + round })
  await store.audit.list({ filter: { subject: `user-${round}`, from: round }, limit: 10 + round })
  await store.audit.listAfter(round, 10 + round)
  await store.audit.countOverdue(latest)
  await store.audit.collectGarbage({ before: latest, rotationsBefore: start - day + round, drop: undefined })
  await store.authorizations.collectGarbage(latest)
  await store.revocations.collectGarbage(latest)
  await store.counters.collectGarbage(latest)
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a prepared statement', () => {
  it('is not compiled again when other values are bound', async () => {
    using folder = temporaryFolder()
    const databases = new Set<DatabaseSync>()
    const { prepare } = DatabaseSync.prototype
    vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, ...given) {
      databases.add(this)
      return prepare.apply(this, given)
    })
    const store = await openStore({ path: folder.file('a.db') })
    await withPrincipals(store)
    for (const round of [1, 2]) await use(store, round)
    const again = new Set<string>()
    for (const database of databases) {
      if (!database.isOpen) continue
      // SQLite asks it only while it compiles.
      database.setAuthorizer((_action, table, column) => {
        again.add(`${table}.${column}`)
        return constants.SQLITE_OK
      })
    }
    // A new authorizer lets each statement be compiled once.
    for (const round of [3, 4]) await use(store, round)
    again.clear()
    for (const round of [5, 6]) await use(store, round)
    assert.deepEqual([...again], [])
    await store.close()
  })
})
