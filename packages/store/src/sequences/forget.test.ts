import assert from 'node:assert/strict'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type AuditRetention, auditBeginning } from '@countersign/core'
import { afterEach, describe, it, vi } from 'vitest'
import { day, event, idOf, session, start, withPrincipals } from '../conformance/scenario/fixtures.ts'
import { openStore, type StoreHandle } from '../open/open.ts'
import { observeUnits } from '../testing/drivers/unit-observer.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { VirtualPause } from '../testing/virtual-pause.ts'

const created = event('authorization_created')
const rows = 320
const mostPerUnit = 100
const late = start + 400 * day

/** Everything that the background tasks remove: more of each than a batch. */
const fill = async (store: StoreHandle): Promise<void> => {
  await withPrincipals(store)
  const numbers = Array.from({ length: rows }, (_, n) => n + 1)
  await Promise.all(numbers.map((n) => store.authorizations.create(session(n), created)))
  await store.users.revokeAll('user-1', { personal: false }, event('authorizations_revoked'))
  await Promise.all(numbers.map((n) => store.authorizations.revoke(idOf(n), start, event('authorization_revoked'))))
  await store.audit.note(numbers.map(() => event('authorization_rotated')))
  await store.usage.record({
    latest: start,
    uses: new Map(),
    issues: numbers.map((n) => ({ clientId: 'client-1', minute: n, count: 1 })),
  })
  await Promise.all(
    numbers.map((n) =>
      store.counters.change([`key ${n}`], () => ({
        next: [
          { failures: 1, strikes: 0, windowStartedAt: start, blockedUntil: 0, succeededAt: undefined, endsAt: start },
        ],
        result: undefined,
      })),
    ),
  )
}

const exportAll = async (store: StoreHandle): Promise<void> => {
  const [newest] = await store.audit.list({ limit: 1 })
  const to = { through: newest?.sequence ?? 0, hash: 'a'.repeat(64) }
  assert.equal(
    await store.audit.recordExport({ through: 0, hash: auditBeginning }, to, event('audit_exported')),
    'recorded',
  )
}

const retention: AuditRetention = { before: late, rotationsBefore: late, drop: undefined }

const collectors: Readonly<Record<string, (store: StoreHandle, signal?: AbortSignal) => Promise<number>>> = {
  authorizations: (store, signal) => store.authorizations.collectGarbage(late, signal),
  revocations: (store, signal) => store.revocations.collectGarbage(late, signal),
  counters: (store, signal) => store.counters.collectGarbage(late, signal),
  'the audit trail': (store, signal) => store.audit.collectGarbage(retention, signal),
}

const open = async (path: string) => {
  const pause = new VirtualPause()
  return { pause, store: await openStore({ path, pause }) }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('however much is to be removed', () => {
  it.each(Object.entries(collectors))(
    'no unit removes more than a hundred %s, and requests get their turn',
    async (_, collect) => {
      using folder = temporaryFolder()
      using observed = observeUnits()
      const { store, pause } = await open(folder.file('a.db'))
      await fill(store)
      await exportAll(store)
      observed.clear()
      pause.waits = 0
      const removed = await collect(store)
      assert.ok(removed >= rows)
      const sizes = observed.units.map(({ changes }) =>
        changes.filter(({ verb }) => verb === 'delete').reduce((sum, change) => sum + change.rows, 0),
      )
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        removed,
      )
      assert.ok(Math.max(...sizes) <= mostPerUnit, `a unit removed ${Math.max(...sizes)} rows`)
      assert.ok(pause.waits >= Math.floor(rows / mostPerUnit), `rested ${pause.waits} times`)
      await store.close()
    },
  )

  it.each(Object.entries(collectors))(
    'the removal of %s ends when the server stops, and goes on later',
    async (_, collect) => {
      using folder = temporaryFolder()
      const { store } = await open(folder.file('a.db'))
      await fill(store)
      await exportAll(store)
      const first = await collect(store, AbortSignal.abort())
      assert.ok(first <= 4 * mostPerUnit, `${first} were removed`)
      assert.ok((await collect(store)) > 0)
      assert.equal(await collect(store), 0)
      await store.close()
    },
  )

  it('each batch is found by an index, in its order', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const { store } = await open(path)
    await fill(store)
    await exportAll(store)
    const prepared: string[] = []
    const { prepare } = DatabaseSync.prototype
    vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, ...given) {
      prepared.push(given[0])
      return prepare.apply(this, given)
    })
    for (const collect of Object.values(collectors)) await collect(store)
    await store.audit.countOverdue(late)
    vi.restoreAllMocks()
    using stranger = new DatabaseSync(path)
    const found = prepared.filter((sql) => /^(select|delete) /.test(sql))
    assert.ok(found.length >= 10)
    for (const sql of found) {
      const values: SQLInputValue[] = Array.from({ length: sql.split('?').length - 1 }, () => 5)
      const plan = stranger.prepare(`explain query plan ${sql}`).all(...values)
      for (const { detail } of plan) assert.doesNotMatch(String(detail), /SCAN (?!CONSTANT)|TEMP B-TREE/, sql)
    }
    const ofRevocations = found.find((sql) => sql.startsWith('select') && sql.includes('"revocations"')) ?? ''
    const [search] = stranger.prepare(`explain query plan ${ofRevocations}`).all(5, 5)
    assert.match(String(search?.detail), /revocations_by_end/)
    await store.close()
  })
})

describe('what is overdue and was never exported', () => {
  it('is not looked at by the removal', async () => {
    using folder = temporaryFolder()
    const { store } = await open(folder.file('a.db'))
    await fill(store)
    const before = store.statistics()
    assert.equal(await store.audit.collectGarbage({ ...retention, rotationsBefore: 0 }), 0)
    const { reads, writes } = store.statistics()
    assert.deepEqual([reads - before.reads, writes - before.writes], [3, 0])
    await store.close()
  })

  it('is counted page by page with turns of the event loop, and then only what became overdue since', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const { store } = await open(path)
    for (let n = 0; n < 5; n++)
      await store.audit.note(Array.from({ length: 1000 }, () => event('user_changed', { at: start + n })))
    let turns = 0
    let isOver = false
    const turn = (): void => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    assert.equal(await store.audit.countOverdue(start + 4), 4000)
    isOver = true
    assert.ok(turns >= 4, `${turns} turns`)
    const { reads } = store.statistics()
    assert.equal(await store.audit.countOverdue(start + 5), 4999)
    assert.ok(store.statistics().reads - reads <= 3)
    await store.audit.note([event('user_changed', { at: start + 5 })])
    assert.equal(await store.audit.countOverdue(start + 5), 5000)
    using stranger = strangerAt(path)
    assert.equal(stranger.all('select 1 from audit').length, 5001)
    await store.close()
  })
})
