import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { StoreError } from '@countersign/core'
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest'
import { migrate } from '../../migrations/migrate.ts'
import { knownVersion, migrations } from '../../migrations/migrations.ts'
import { openPostgresStore } from '../../open/open-postgres.ts'
import { addOne, readNumber } from '../../sequences/numbers.ts'
import { type Cluster, serverPrograms, startCluster } from '../../testing/postgres/cluster.ts'
import { withEngine } from '../../testing/postgres/with-engine.ts'
import { openPostgres, type PostgresEngine } from './postgres-engine.ts'

const programs = serverPrograms()
let cluster: Cluster | undefined
beforeAll(async () => {
  if (!('missing' in programs)) cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const one = { name: 'keys_revision' } as const
const later = { version: knownVersion + 1, name: 'later', steps: () => ['create table later (id bigint primary key)'] }
const [known, next] = [`schema_is_${knownVersion}`, `schema_is_${knownVersion + 1}`]

interface Both {
  /** Of a program that knows the schema of before. */
  readonly old: PostgresEngine
  /** Of the program that migrates. */
  readonly migrating: PostgresEngine
  readonly url: string
  sql(...commands: readonly string[]): string
}

const withBoth = async (context: TestContext, body: (both: Both) => Promise<void>): Promise<void> => {
  const server = cluster
  if (server === undefined) return context.skip('missing' in programs ? programs.missing : 'no server')
  await withEngine(server, '', async (old, url) => {
    const migrating = await openPostgres({ url, timeouts: { statement: 0, lock: 0 } })
    const database = /\/(\w+)\?/.exec(url)?.[1] ?? ''
    const sql = (...commands: readonly string[]) => server.runIn(database, ...commands)
    await body({ old, migrating, url, sql }).finally(() => migrating.close())
  })
}

const refused = (error: unknown): true => {
  assert.ok(error instanceof StoreError && error.kind === 'unavailable' && error.cause instanceof Error)
  assert.match(error.cause.message, new RegExp(`^the database has no schema ${knownVersion} any more`))
  return true
}

describe('a migration while a program of before runs', () => {
  it('waits for a unit that began before it', (context) =>
    withBoth(context, async ({ old, migrating, sql }) => {
      const [begun, allowed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const unit = old.write([], async (execute) => {
        await execute.first(addOne, one)
        begun.resolve()
        await allowed.promise
      })
      await begun.promise
      const migrated = migrate(migrating, [...migrations, later], 0)
      const waits = "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and not granted"
      while (sql(waits) === '0') await setTimeout(10)
      assert.equal(sql(`select to_regclass('${next}') is null`), 't')
      allowed.resolve()
      await unit
      assert.equal(await migrated, knownVersion + 1)
      assert.equal(await readNumber(migrating, one.name), 1)
    }))

  it('lets no unit commit that begins during it, or later, whatever its kind', (context) =>
    withBoth(context, async ({ old, migrating }) => {
      const add = () => old.write([], (execute) => execute.first(addOne, one))
      const brief = () =>
        old.write([], async (execute) => void (await execute.conclude(addOne, one)), { isBrief: true })
      const aloneToo = () => old.write(['a key'], (execute) => execute.first(addOne, one))
      let during: readonly PromiseSettledResult<unknown>[] = []
      let began: Promise<unknown> = Promise.resolve()
      const slow = {
        ...later,
        steps: () => {
          began = Promise.allSettled([add(), brief(), brief(), aloneToo()]).then((settled) => {
            during = settled
          })
          return later.steps()
        },
      }
      await migrate(migrating, [...migrations, slow], 0)
      await began
      assert.deepEqual(new Set(during.map(({ status }) => status)), new Set(['rejected']))
      for (const unit of [add, aloneToo, brief]) await assert.rejects(unit, refused)
      await Promise.all([brief(), brief(), brief()].map((unit) => assert.rejects(unit, refused)))
      await assert.rejects(readNumber(old, one.name), refused)
      await assert.rejects(
        old.snapshot((execute) => execute.first(addOne, one)),
        refused,
      )
      assert.equal(await readNumber(migrating, one.name), 0)
    }))

  it('is taken back: the program goes on by itself', (context) =>
    withBoth(context, async ({ old, migrating, sql }) => {
      await migrate(migrating, [...migrations, later], 0)
      await assert.rejects(
        old.write([], (execute) => execute.first(addOne, one)),
        refused,
      )
      sql(`alter table ${next} rename to ${known}`)
      await old.write([], (execute) => execute.first(addOne, one))
      const reads = async () => (await Promise.allSettled([readNumber(old, one.name)]))[0].status
      while ((await reads()) === 'rejected') await setTimeout(20)
      assert.equal(await readNumber(old, one.name), 1)
    }))
})

describe('the table that keeps other versions out', () => {
  it('keeps its rights over a migration, and replaces one that a restored backup left', (context) =>
    withBoth(context, async ({ migrating, sql }) => {
      sql('create role reader', `grant select on ${known} to reader`, `create table ${next} (id bigint)`)
      await migrate(migrating, [...migrations, later], 0)
      assert.equal(sql(`select has_table_privilege('reader', '${next}', 'select')`), 't')
      assert.equal(sql(`select to_regclass('${known}') is null`), 't')
    }))

  it('is made where it is missing by whoever may migrate', (context) =>
    withBoth(context, async ({ url, sql }) => {
      sql(`drop table ${known}`)
      await assert.rejects(openPostgresStore({ url }), { name: 'StoreOpenError', code: 'schema_older' })
      await (await openPostgresStore({ url, older: 'migrate' })).close()
      const store = await openPostgresStore({ url })
      await store.marks.raiseHighWater(5)
      await store.close()
    }))
})
