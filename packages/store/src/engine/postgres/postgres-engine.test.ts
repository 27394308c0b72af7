import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest'
import { storeOn } from '../../open/open.ts'
import { insert, statement } from '../../schema/statement.ts'
import { settings } from '../../schema/tables.ts'
import { addOne, readNumber } from '../../sequences/numbers.ts'
import { tapQueries } from '../../testing/drivers/query-tap.ts'
import { type Cluster, serverPrograms, startCluster } from '../../testing/postgres/cluster.ts'
import { withEngine as withEngineOn } from '../../testing/postgres/with-engine.ts'
import { once } from '../statement.ts'
import { openPostgres, type PostgresEngine } from './postgres-engine.ts'

let clusters: readonly Cluster[] = []
const programs = serverPrograms()
beforeAll(async () => {
  if ('missing' in programs) return
  const readOnly = startCluster({ settings: { default_transaction_read_only: 'on' } })
  clusters = await Promise.all([startCluster(), readOnly])
})
afterAll(() => Promise.all(clusters.map((cluster) => cluster[Symbol.asyncDispose]())))

const withEngine = async (
  context: TestContext,
  parameters: string,
  body: (engine: PostgresEngine, cluster: Cluster, url: string) => Promise<void>,
): Promise<void> => {
  const [cluster] = clusters
  if (cluster === undefined) return context.skip('missing' in programs ? programs.missing : 'no server')
  await withEngineOn(cluster, parameters, (engine, url) => body(engine, cluster, url))
}

const one = { name: 'keys_revision' } as const
const other = { name: 'next_droplet_number' } as const
const unavailable = { name: 'StoreError', kind: 'unavailable' }
const failure = (code: string) => once(`do $$ begin raise exception using errcode = '${code}'; end $$`)
const endOfConnection = once('select pg_terminate_backend(pg_backend_pid())')
const slow = statement(
  {},
  () => ({ compile: once('select pg_sleep(20)').build({} as never).compile }),
  ([value]) => value,
)

describe('the engine on PostgreSQL', () => {
  for (const code of ['40001', '40P01']) {
    it(`runs a unit that meets ${code} again, three times at most`, (context) =>
      withEngine(context, '', async (engine) => {
        let runs = 0
        const value = await engine.write([], async (execute) => {
          const found = await execute.first(addOne, one)
          if (++runs <= 3) await execute.run(failure(code), {})
          return found
        })
        assert.deepEqual([runs, value, await readNumber(engine, one.name)], [4, 1, 1])
        const always = engine.write([], async (execute) => {
          runs++
          await execute.run(addOne, one)
          await execute.run(failure(code), {})
        })
        await assert.rejects(always, unavailable)
        assert.deepEqual([runs, await readNumber(engine, one.name)], [8, 1])
      }))
  }

  it('ends a deadlock, and both units are done', (context) =>
    withEngine(context, '', async (engine) => {
      const both = (names: readonly (typeof one | typeof other)[]) =>
        engine.write([], async (execute) => {
          for (const name of names) await execute.first(addOne, name)
        })
      await Promise.all([both([one, other]), both([other, one]), both([one, other])])
      assert.deepEqual([await readNumber(engine, one.name), await readNumber(engine, other.name)], [3, 3])
    }))

  it('commits nothing after a statement that failed, also if the unit goes on', (context) =>
    withEngine(context, '', async (engine) => {
      const unit = engine.write([], async (execute) => {
        await execute.first(addOne, one)
        await assert.rejects(execute.run(failure('P0001'), {}))
        return 'goes on'
      })
      await assert.rejects(unit, unavailable)
      assert.equal(await readNumber(engine, one.name), 0)
    }))

  it('tells a change that a constraint or a guard refuses from one that cannot be done', (context) =>
    withEngine(context, '', async (engine) => {
      const put = insert(settings)
      const twice = engine.write([], async (execute) => {
        await execute.run(put, { name: 'a', value: 1 })
        await execute.run(put, { name: 'a', value: 2 })
      })
      await assert.rejects(twice, { name: 'StoreError', kind: 'conflict' })
      await engine.write([], (execute) =>
        execute.run(once('insert into audit (sequence, at, action) values (5, 1, $$x$$)'), {}),
      )
      const erasing = engine.write([], (execute) => execute.run(once('delete from audit'), {}))
      await assert.rejects(erasing, { kind: 'conflict' })
    }))

  it('runs a unit again whose connection was lost before the commit', (context) =>
    withEngine(context, '', async (engine) => {
      let runs = 0
      await engine.write([], async (execute) => {
        await execute.first(addOne, one)
        if (++runs === 1) await execute.run(endOfConnection, {})
      })
      assert.deepEqual([runs, await readNumber(engine, one.name)], [2, 1])
    }))

  it('goes on after the server was restarted, and answers with an error meanwhile', (context) =>
    withEngine(context, '&connect_timeout=1', async (engine, cluster) => {
      await engine.write([], (execute) => execute.run(addOne, one))
      await cluster.stop('immediate')
      await assert.rejects(
        engine.write([], (execute) => execute.run(addOne, one)),
        unavailable,
      )
      await assert.rejects(readNumber(engine, one.name), unavailable)
      await cluster.start()
      await engine.write([], (execute) => execute.run(addOne, one))
      assert.equal(await readNumber(engine, one.name), 2)
    }))

  it('does not wait longer than it was told: for a statement, a lock, a connection', (context) =>
    withEngine(context, '&statement_timeout=50&lock_timeout=50&connect_timeout=1&pool_size=2', async (engine) => {
      await assert.rejects(
        engine.write([], (execute) => execute.first(slow, {})),
        unavailable,
      )
      let release = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      let locked = () => {}
      const isLocked = new Promise<void>((resolve) => {
        locked = resolve
      })
      const holding = [1, 2].map((key) =>
        engine.write([`key ${key}`], async (execute) => {
          if (key === 1) await execute.first(addOne, one)
          locked()
          await released
        }),
      )
      await isLocked
      await assert.rejects(
        engine.write([], (execute) => execute.first(addOne, other)),
        unavailable,
      )
      release()
      await Promise.all(holding)
      await engine.write([], (execute) => execute.first(addOne, other))
    }))

  it('takes the first host that answers and writes, of several', (context) =>
    withEngine(context, '', async (_, { socket }, url) => {
      const [, readOnly] = clusters
      const [, database = ''] = /(\/test_\d+)/.exec(url) ?? []
      readOnly?.run('set default_transaction_read_only = off', `create database ${database.slice(1)}`)
      const hosts = `host=/nowhere,${readOnly?.socket},${socket}&port=5432`
      const engine = await openPostgres({ url: `postgres://postgres@${database}?${hosts}` })
      await engine.write([], (execute) => execute.run(addOne, one))
      await engine.close()
      const alone = openPostgres({ url: `postgres://postgres@${database}?host=${readOnly?.socket}` })
      await assert.rejects(alone, { name: 'StoreOpenError', code: 'unreachable', message: /only reads/ })
    }))

  it('does not open what would lose writes, or order text in another way', (context) =>
    withEngine(context, '', async (_, cluster) => {
      cluster.run('create database latin encoding latin1 template template0')
      await assert.rejects(openPostgres({ url: cluster.url('latin') }), { code: 'setting_refused', message: /UTF8/ })
      cluster.run('create database hasty', 'alter database hasty set synchronous_commit = off')
      await assert.rejects(openPostgres({ url: cluster.url('hasty') }), {
        code: 'setting_refused',
        message: /synchronous_commit/,
      })
    }))

  it('shows what durability depends on, and complains about a setting that loses writes', (context) =>
    withEngine(context, '', async (engine) => {
      const { engine: name, settings: found, faults } = await engine.check()
      assert.deepEqual([name, found.synchronous_commit, found.fsync], ['postgresql', 'on', 'off'])
      assert.ok(faults.some((fault) => fault.startsWith('fsync = off')))
    }))

  it('shows no password when it cannot connect', async () => {
    const opening = openPostgres({ url: 'postgres://me:secret@127.0.0.1:1/db?connect_timeout=1' })
    await assert.rejects(opening, (error: Error) => {
      assert.equal(error.name, 'StoreOpenError')
      assert.ok(!JSON.stringify([error.message, error.stack, String(error.cause)]).includes('secret'))
      return true
    })
  })

  it('asks reads again that went together on a connection that had been cut', (context) =>
    withEngine(context, '', async (engine, cluster) => {
      const { keys } = storeOn(engine)
      for (let round = 0; round < 3; round++) {
        cluster.run(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign'`)
        assert.deepEqual(await Promise.all(Array.from({ length: 20 }, () => keys.revision())), Array(20).fill(0))
      }
    }))

  it('answers the reads that went together with one that fails, on the same connection', (context) =>
    withEngine(context, '&pool_size=1', async (engine, cluster) => {
      const { authorizations, keys } = storeOn(engine)
      const session = () => cluster.run(`select pid from pg_stat_activity where application_name = 'countersign'`)
      await Promise.all([authorizations.find('a'), keys.revision()])
      const before = session()
      // The server refuses a text with U+0000.
      const asked = await Promise.allSettled([keys.revision(), authorizations.find('\0'), authorizations.find('b')])
      assert.deepEqual(
        asked.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.deepEqual([asked[0], session()], [{ status: 'fulfilled', value: 0 }, before])
    }))

  it('answers reads while others wait for a lock, and those that went with them, which hold none', (context) =>
    withEngine(context, '', async (engine, cluster) => {
      const { authorizations, keys } = storeOn(engine)
      const [locked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const holding = engine.write([], async (execute) => {
        await execute.run(once('lock table marks in access exclusive mode'), {})
        locked.resolve()
        await released.promise
        await execute.run(once('lock table authorizations in access exclusive mode nowait'), {})
      })
      await locked.promise
      const [before, waiting] = [authorizations.find('went before'), keys.revision()]
      while (cluster.run('select count(*) from pg_locks where not granted') !== '1') await setImmediate()
      for (const id of ['a', 'b', 'c']) assert.equal(await authorizations.find(id), undefined)
      assert.equal(await before, undefined)
      assert.equal(await Promise.race([waiting, 'still waiting']), 'still waiting')
      released.resolve()
      await holding
      assert.equal(await waiting, 0)
    }))

  it('sends nothing more of a unit whose transaction somebody has cancelled at its beginning', (context) =>
    withEngine(context, '', async (engine) => {
      using _cancelled = tapQueries(({ sql, proceed, instead }) =>
        sql.startsWith('begin ')
          ? instead(`do $$ begin raise exception using errcode = 'query_canceled'; end $$`)
          : proceed(),
      )
      const unit = engine.write([], async (execute) => {
        await assert.rejects(execute.run(failure('P0001'), {}))
        await execute.first(addOne, one)
      })
      await assert.rejects(unit, unavailable)
      assert.equal(await readNumber(engine, one.name), 0)
    }))

  it('waits once for a connection to read on, where all of them are lent', (context) =>
    withEngine(context, '&pool_size=1&connect_timeout=1', async (engine) => {
      const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const holding = engine.write([], async (execute) => {
        await execute.first(addOne, one)
        begun.resolve()
        await ended.promise
      })
      await begun.promise
      const { connect } = Pool.prototype
      let asked = 0
      const counting = function (this: Pool, ...args: unknown[]): unknown {
        asked++
        return Reflect.apply(connect, this, args)
      }
      Object.assign(Pool.prototype, { connect: counting })
      try {
        await assert.rejects(storeOn(engine).settings.list(''), unavailable)
      } finally {
        Object.assign(Pool.prototype, { connect })
        ended.resolve()
        await holding
      }
      assert.equal(asked, 1)
    }))

  it('rejects all reads of a database that is away, and answers them when it is back', (context) =>
    withEngine(context, '&pool_size=2', async (engine, cluster) => {
      const { keys, settings } = storeOn(engine)
      await keys.revision()
      await cluster.stop('immediate')
      const asked = Array.from({ length: 20 }, () => [keys.revision(), settings.list('')]).flat()
      for (const { status } of await Promise.allSettled(asked)) assert.equal(status, 'rejected')
      await cluster.start()
      assert.equal(await keys.revision(), 0)
    }))
})
