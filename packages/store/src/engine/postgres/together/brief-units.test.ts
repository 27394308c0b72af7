import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest'
import { event, refresh, rotationAudit, session, withPrincipals } from '../../../conformance/scenario/fixtures.ts'
import { storeOn } from '../../../open/open.ts'
import { aloneOn } from '../../../schema/alone-on.ts'
import { addOne, readNumber, readWithin } from '../../../sequences/numbers.ts'
import { tapQueries } from '../../../testing/drivers/query-tap.ts'
import { type Cluster, serverPrograms, startCluster } from '../../../testing/postgres/cluster.ts'
import { withEngine as withEngineOn } from '../../../testing/postgres/with-engine.ts'
import { openPostgres, type PostgresEngine } from '../postgres-engine.ts'

const programs = serverPrograms()
let cluster: Cluster | undefined
beforeAll(async () => {
  if (!('missing' in programs)) cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const withEngine = async (
  context: TestContext,
  parameters: string,
  body: (engine: PostgresEngine, cluster: Cluster, url: string) => Promise<void>,
): Promise<void> => {
  const server = cluster
  if (server === undefined) return context.skip('missing' in programs ? programs.missing : 'no server')
  await withEngineOn(server, parameters, (engine, url) => body(engine, server, url))
}

const one = { name: 'keys_revision' } as const
const other = { name: 'next_droplet_number' } as const

describe('brief units that are asked for together', () => {
  const brief = (engine: PostgresEngine, body = async () => {}) =>
    engine.write(
      [],
      async (execute) => {
        await body()
        return execute.conclude(addOne, one)
      },
      { isBrief: true },
    )
  const outcomesOf = async (asked: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(asked)).map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'rejected'))
  const twenty = Array.from({ length: 20 }, (_, n) => n)

  it('share a transaction, in the order in which they came', (context) =>
    withEngine(context, '', async (engine) => {
      assert.deepEqual(
        await outcomesOf(twenty.map(() => brief(engine))),
        twenty.map((n) => n + 1),
      )
    }))

  it('are done by themselves, if one of them throws', (context) =>
    withEngine(context, '', async (engine) => {
      const refusal = new RangeError('no')
      const outcomes = await outcomesOf(
        twenty.map((n) =>
          brief(engine, async () => {
            if (n === 7) throw refusal
          }),
        ),
      )
      assert.equal(outcomes[7], 'rejected')
      assert.deepEqual(new Set(outcomes), new Set(['rejected', ...twenty.slice(0, 19).map((n) => n + 1)]))
      assert.equal(await readNumber(engine, one.name), 19)
    }))

  it('are committed once, if one of them throws when it has asked for everything', (context) =>
    withEngine(context, '', async (engine) => {
      const unreadable = new RangeError('the row cannot be read')
      const throws = engine.write(
        [],
        async (execute) => {
          await execute.conclude(addOne, other)
          throw unreadable
        },
        { isBrief: true },
      )
      const settled = await Promise.allSettled([brief(engine), throws, brief(engine)])
      const fulfilled = (value: number) => ({ status: 'fulfilled', value })
      assert.deepEqual(settled, [fulfilled(1), { status: 'rejected', reason: unreadable }, fulfilled(2)])
      assert.deepEqual([await readNumber(engine, one.name), await readNumber(engine, other.name)], [2, 1])
    }))

  it('are not run again where somebody cancelled the beginning of their transaction', (context) =>
    withEngine(context, '', async (engine) => {
      let isFirst = true
      // Here each statement is sent by itself, so that the database executes those after it.
      using _cancelled = tapQueries(({ sql, proceed, instead }) => {
        if (!isFirst || !sql.startsWith('begin ')) return proceed()
        isFirst = false
        return instead(`do $$ begin raise exception using errcode = 'query_canceled'; end $$`)
      })
      const outcomes = await outcomesOf([brief(engine), brief(engine), brief(engine)])
      assert.deepEqual(outcomes, ['rejected', 'rejected', 'rejected'])
      assert.equal(await readNumber(engine, one.name), 3)
      assert.equal(await brief(engine), 4)
    }))

  it('are refused together where what all of them wait for is locked for too long', (context) =>
    withEngine(context, '&lock_timeout=300', async (engine, _, url) => {
      const store = storeOn(engine)
      await withPrincipals(store)
      const ids = twenty.map((n) => n + 1)
      for (const n of ids) await store.authorizations.create(session(n), event('authorization_created'))
      const [locked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const holder = await openPostgres({ url })
      const holding = holder.write([aloneOn.trail], async (execute) => {
        await readWithin(execute, other.name)
        locked.resolve()
        await released.promise
      })
      await locked.promise
      let begun = 0
      using _counted = tapQueries(({ sql, proceed }) => {
        if (sql.startsWith('begin ')) begun++
        return proceed()
      })
      const rotate = () => outcomesOf(ids.map((n) => store.authorizations.rotate(refresh(n), rotationAudit)))
      assert.deepEqual([new Set(await rotate()), begun], [new Set(['rejected']), 1])
      released.resolve()
      await holding
      await holder.close()
      assert.ok(!(await rotate()).includes('rejected'))
    }))

  it('are all rejected where the database is away, and done when it is back', (context) =>
    withEngine(context, '&pool_size=2&connect_timeout=1', async (engine, cluster) => {
      await brief(engine)
      await cluster.stop('immediate')
      const asked = Array.from({ length: 200 }, () => brief(engine))
      assert.deepEqual(new Set(await outcomesOf(asked)), new Set(['rejected']))
      await cluster.start()
      assert.equal(await brief(engine), 2)
    }))
})
