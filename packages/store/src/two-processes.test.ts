import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, it, type TestContext } from 'vitest'
import { idOf, trail, withSession } from './conformance/scenario/fixtures.ts'
import { openPostgres } from './engine/postgres/postgres-engine.ts'
import { migrate } from './migrations/migrate.ts'
import { knownVersion, migrations } from './migrations/migrations.ts'
import { type StoreHandle, storeOn } from './open/open.ts'
import { openPostgresStore } from './open/open-postgres.ts'
import { temporaryFolder } from './testing/folder.ts'
import { openAt } from './testing/open-at.ts'
import { type Cluster, serverPrograms, startCluster } from './testing/postgres/cluster.ts'
import { missingPooler, startPooler } from './testing/postgres/pooler.ts'

const script = (name: string): string => fileURLToPath(new URL(`testing/processes/${name}.ts`, import.meta.url))
const start = (name: string, ...words: readonly string[]) =>
  spawn(process.execPath, ['--conditions=countersign', script(name), ...words])

/** Runs two processes with 500 calls each on the store at `place` and adds up their outcomes. */
const race = async (place: string, key: string): Promise<Record<string, number>> => {
  const processes = [1, 2].map(() => start('rotating', place, '500', key))
  await Promise.all(processes.map((child) => once(child.stdout, 'readable')))
  for (const child of processes) child.stdin.write('go\n')
  const total: Record<string, number> = {}
  for (const counts of await Promise.all(processes.map(outcomesOf))) {
    for (const [outcome, count] of Object.entries(counts)) total[outcome] = (total[outcome] ?? 0) + count
  }
  return total
}

const saidBy = async (child: ChildProcessWithoutNullStreams): Promise<string> => {
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  assert.equal(complaints, '')
  return output
}

const outcomesOf = async (child: ChildProcessWithoutNullStreams): Promise<Record<string, number>> =>
  JSON.parse((await saidBy(child)).split('\n')[1] ?? '')

type WithPlace = (context: TestContext, body: (place: string, cluster?: Cluster) => Promise<void>) => Promise<void>

const inFile: WithPlace = async (_, body) => {
  using folder = temporaryFolder()
  await body(folder.file('a.db'))
}

const programs = serverPrograms()
const patience = '&connect_timeout=30&statement_timeout=30000&lock_timeout=20000'
const onServer: WithPlace = async (context, body) => {
  if ('missing' in programs) return context.skip(programs.missing)
  await using cluster = await startCluster()
  await body(cluster.url('postgres', patience), cluster)
}

const withStore = async (place: string, body: (store: StoreHandle) => Promise<void>): Promise<void> => {
  const store = await openAt(place)
  await withSession(store)
  await body(store)
  await store.close()
}

const oneWins = (place: string): Promise<void> =>
  withStore(place, async (store) => {
    assert.deepEqual(await race(place, ''), { 'rotated 1': 1, reused: 1, inactive: 998 })
    assert.notEqual((await store.authorizations.find(idOf(1)))?.authorization.revokedAt, undefined)
    const { authorization_rotated, authorization_reused } = await trail(store)
    assert.deepEqual([authorization_rotated, authorization_reused], [1, 1])
  })

const allGetOne = (place: string): Promise<void> =>
  withStore(place, async (store) => {
    assert.deepEqual(await race(place, 'one key of both'), { 'rotated 1': 1, 'replayed 1': 999 })
    assert.equal((await store.authorizations.find(idOf(1)))?.authorization.generation, 1)
    assert.equal((await trail(store)).authorization_rotated, 1)
  })

describe('two processes on one file', () => {
  it('N-053 exactly one of 1,000 parallel refreshes wins, and no lock shows', (context) => inFile(context, oneWins))
  it('1,000 parallel refreshes with one key all get the one successor', (context) => inFile(context, allGetOne))
})

describe('two processes on one PostgreSQL database', () => {
  it('exactly one of 1,000 parallel refreshes wins', (context) => onServer(context, oneWins))
  it('1,000 parallel refreshes with one key all get the one successor', (context) => onServer(context, allGetOne))
})

describe('two processes behind PgBouncer in transaction mode', () => {
  it('1,000 parallel refreshes with one key all get the one successor', (context) =>
    onServer(context, async (_, cluster) => {
      const missing = missingPooler()
      if (cluster === undefined || missing !== undefined) return context.skip(missing)
      await using pooler = await startPooler(cluster)
      await allGetOne(pooler.url('postgres', patience))
    }))
})

describe('an instance on PostgreSQL whose database is migrated by a later version', () => {
  it('commits nothing from then on, and soon answers no read', (context) =>
    onServer(context, async (url) => {
      const instance = start('outliving', url)
      await once(instance.stdout, 'readable')
      const later = { version: knownVersion + 1, name: 'later', steps: () => ['create table later (id bigint)'] }
      const engine = await openPostgres({ url })
      await migrate(engine, [...migrations, later], 0)
      const atMigration = await storeOn(engine).marks.highWater()
      const [, said = ''] = (await saidBy(instance)).split('\n')
      const reason = `the database has no schema ${knownVersion} any more: another version of Countersign has migrated it`
      assert.deepEqual(JSON.parse(said), { write: reason, read: reason })
      assert.equal(await storeOn(engine).marks.highWater(), atMigration)
      await engine.close()
      await assert.rejects(openPostgresStore({ url }), { name: 'StoreOpenError', code: 'schema_newer' })
    }))
})

describe('an empty PostgreSQL database', () => {
  it('is given its schema once, by whichever of several processes', (context) =>
    onServer(context, async (url) => {
      const said = await Promise.all([1, 2, 3].map(() => saidBy(start('opening', url))))
      assert.deepEqual(
        said,
        Array.from({ length: 3 }, () => String(knownVersion)),
      )
    }))

  it('is opened by a role without the right to define tables once another role has migrated it', (context) =>
    onServer(context, async (url, cluster) => {
      const asServer = url.replace('postgres@', 'server@')
      cluster?.run('create role server login')
      await assert.rejects(openPostgresStore({ url: asServer }), { name: 'StoreError', kind: 'unavailable' })
      await (await openPostgresStore({ url, older: 'migrate' })).close()
      cluster?.run(
        'grant select, insert, update, delete on all tables in schema public to server',
        'grant usage on all sequences in schema public to server',
      )
      await withStore(asServer, async (store) => {
        assert.equal((await store.check()).schemaVersion, knownVersion)
      })
    }))

  it('of another schema is refused, and left as it is', (context) =>
    onServer(context, async (url, cluster) => {
      await (await openPostgresStore({ url })).close()
      cluster?.run(`delete from schema_versions where version = ${knownVersion}`)
      await assert.rejects(openPostgresStore({ url }), { name: 'StoreOpenError', code: 'schema_older' })
      cluster?.run(`insert into schema_versions values (${knownVersion}, 'x', 0), (${knownVersion + 1}, 'y', 0)`)
      await assert.rejects(openPostgresStore({ url }), { name: 'StoreOpenError', code: 'schema_newer' })
    }))
})
