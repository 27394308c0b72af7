import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, it } from 'vitest'
import {
  addition,
  event,
  idOf,
  keySet,
  refresh,
  rotationAudit,
  session,
  withPrincipals,
} from '../../conformance/scenario/fixtures.ts'
import { knownVersion } from '../../migrations/migrations.ts'
import { type StoreHandle, storeOn } from '../../open/open.ts'
import { migrateAlone } from '../../open/open-postgres.ts'
import { PgliteStream } from '../../testing/postgres/pglite-stream.ts'
import { parseAddress } from './address.ts'
import { openSessions } from './postgres-engine.ts'
import { looking } from './schema-fence.ts'
import { serverSessions } from './server-sessions.ts'
import type { Session, Sessions } from './session.ts'

let trips = 0
let queries = 0
let taken = 0
let released = 0
let admission = Promise.resolve()

/** Counts how often something is sent while nothing is under way: so often the caller waited for the database before. */
const counted = (sessions: Sessions): Sessions => ({
  ...sessions,
  take: async () => {
    taken++
    await admission
    const session = await sessions.take()
    let underWay = 0
    const query: Session['query'] = (asked) => {
      // It is sent once a second, whatever the test does.
      if (asked.text !== looking(knownVersion)) queries++
      if (underWay++ === 0) trips++
      return session.query(asked).finally(() => underWay--)
    }
    const release: Session['release'] = (isBroken) => {
      released++
      session.release(isBroken)
    }
    return { query, release }
  },
})

let database: PGlite
let store: StoreHandle
beforeAll(async () => {
  database = await PGlite.create()
  const address = parseAddress('postgres://postgres@localhost/postgres?pool_size=1')
  const timeouts = { statement: 0, lock: 0 }
  const sessions = serverSessions(address, timeouts, () => new PgliteStream(database))
  const engine = await openSessions(counted(sessions), { timeouts, areNamed: true })
  await migrateAlone(engine, 0)
  engine.requireSchema(knownVersion)
  store = storeOn(engine)
  await withPrincipals(store)
}, 60_000)
afterAll(async () => {
  await store.close()
  await database.close()
})

const tripsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const before = trips
  await work()
  return trips - before
}

it('waits once for a rotation, and is told of one that was none', async () => {
  const outcomes: string[] = []
  const rotate = async () => void outcomes.push((await store.authorizations.rotate(refresh(1), rotationAudit)).outcome)
  await store.authorizations.create(session(1), event('authorization_created'))
  assert.equal(await tripsOf(rotate), 1)
  // The first run of the unit is rolled back.
  await rotate()
  await rotate()
  assert.deepEqual(outcomes, ['rotated', 'reused', 'inactive'])
  const trail = await store.audit.list({ limit: 3 })
  assert.deepEqual(
    trail.map(({ action }) => action),
    ['authorization_reused', 'authorization_rotated', 'authorization_created'],
  )
})

describe('rotations that are asked for together', () => {
  const begin = async (from: number, count: number) => {
    const ids = Array.from({ length: count }, (_, n) => from + n)
    for (const n of ids) await store.authorizations.create(session(n), event('authorization_created'))
    return ids
  }
  const rotateAll = async (ids: readonly number[]) =>
    (await Promise.all(ids.map((n) => store.authorizations.rotate(refresh(n), rotationAudit)))).map(
      ({ outcome }) => outcome,
    )
  const rotations = async () =>
    (await store.audit.list({ filter: { action: 'authorization_rotated' }, limit: 200 })).length

  it('wait once, and are one commit', async () => {
    const ids = await begin(100, 20)
    const before = await rotations()
    let outcomes: readonly string[] = []
    const count = await tripsOf(async () => {
      outcomes = await rotateAll(ids)
    })
    assert.deepEqual([new Set(outcomes), count], [new Set(['rotated']), 1])
    assert.equal((await rotations()) - before, 20)
    const places = (await store.audit.list({ limit: 200 })).map(({ sequence }) => sequence)
    assert.equal(new Set(places).size, places.length)
  })

  it('each have their own outcome, if one of them is none', async () => {
    const ids = await begin(200, 10)
    await rotateAll(ids.slice(3, 4))
    const before = await rotations()
    const outcomes = await rotateAll(ids)
    assert.deepEqual(
      outcomes,
      ids.map((_, place) => (place === 3 ? 'reused' : 'rotated')),
    )
    assert.equal((await rotations()) - before, 9)
  })

  it('of one session are one rotation and one reuse', async () => {
    const [id = 0] = await begin(300, 1)
    assert.deepEqual((await rotateAll([id, id, id])).toSorted(), ['inactive', 'reused', 'rotated'])
  })
})

it('waits once for a new authorization', async () => {
  assert.equal(await tripsOf(() => store.authorizations.create(session(2), event('authorization_created'))), 1)
})

it('waits once for a read', async () => {
  assert.equal(await tripsOf(() => store.authorizations.find(idOf(1))), 1)
})

it('sends reads together that are asked for together, and equal ones once', async () => {
  const before = queries
  let found: readonly unknown[] = []
  const count = await tripsOf(async () => {
    const asked = [1, 1, 2, 1, 2].map((n) => store.authorizations.find(idOf(n)))
    found = (await Promise.all(asked)).map((record) => record?.authorization.id)
  })
  assert.deepEqual([count, queries - before], [1, 2])
  assert.deepEqual(found, [1, 1, 2, 1, 2].map(idOf))
})

it('tells reads apart by where one value ends and the next begins', async () => {
  const before = queries
  // The server refuses a text with U+0000. Both are sent.
  const ids = [
    { tokenId: 'a\0string b', authorizationId: 'c' },
    { tokenId: 'a', authorizationId: 'b\0string c' },
  ]
  await Promise.allSettled(
    ids.map(({ authorizationId, tokenId }) => store.authorizations.find(authorizationId, tokenId)),
  )
  assert.equal(queries - before, 2)
})

it('answers what is asked while other reads are on their way by what is committed then', async () => {
  const revisions: Promise<number>[] = []
  let revision = await store.keys.revision()
  for (let n = 1; n <= 5; n++) {
    const early = store.keys.revision()
    await store.keys.add(addition(keySet(n), n === 1 ? undefined : n - 1), event('keys_rotated'))
    const late = await Promise.all([store.keys.revision(), store.keys.revision()])
    assert.deepEqual(late, [revision + n, revision + n])
    revisions.push(early)
  }
  for (const early of await Promise.all(revisions)) assert.ok(early <= ++revision)
})

it('answers reads that come while connections are awaited, and gives each connection back', async () => {
  const [admitted, before] = [Promise.withResolvers<void>(), taken]
  admission = admitted.promise
  const asked: Promise<unknown>[] = []
  while (taken < before + 3) {
    asked.push(store.authorizations.find(`nobody ${asked.length}`))
    await setImmediate()
  }
  admitted.resolve()
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([undefined]))
  while (released < taken) await setImmediate()
})

it('rejects a unit whose write failed while nobody waited for it, and commits nothing of it', async () => {
  const before = await store.audit.list({ limit: 99 })
  const again = store.authorizations.create(session(2), event('authorization_created'))
  await assert.rejects(again, { name: 'StoreError', kind: 'conflict' })
  assert.deepEqual(await store.audit.list({ limit: 99 }), before)
})
