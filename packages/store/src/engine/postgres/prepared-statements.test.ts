import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest'
import type { MarkName } from '../../schema/tables.ts'
import { addOne, readNumber, readWithin } from '../../sequences/numbers.ts'
import { type Cluster, serverPrograms, startCluster } from '../../testing/postgres/cluster.ts'
import { withEngine } from '../../testing/postgres/with-engine.ts'
import { once } from '../statement.ts'
import type { PostgresEngine } from './postgres-engine.ts'

const programs = serverPrograms()
let cluster: Cluster | undefined
beforeAll(async () => {
  if (!('missing' in programs)) cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const onServer = (
  context: TestContext,
  poolSize: number,
  body: (engine: PostgresEngine) => Promise<void>,
): Promise<void> =>
  cluster === undefined
    ? context.skip('missing' in programs ? programs.missing : 'no server')
    : withEngine(cluster, `&pool_size=${poolSize}`, body)

const one = { name: 'keys_revision' } as const
const nobody = { name: 'no such number' as MarkName }
const forget = once('deallocate all')

/** On each of four connections at once, as a pooler does that lends them to others. */
const prepareAndForget = async (engine: PostgresEngine): Promise<void> => {
  let arrived = 0
  const all = Promise.withResolvers<void>()
  const onOne = () =>
    engine.write([], async (execute) => {
      await execute.first(addOne, nobody)
      await readWithin(execute, one.name)
      await execute.run(forget, {})
      if (++arrived === 4) all.resolve()
      await all.promise
    })
  await Promise.all(Array.from({ length: 4 }, onOne))
}

describe('where a pooler does not know the names of prepared statements', () => {
  it('goes on without them', (context) =>
    onServer(context, 1, async (engine) => {
      await readNumber(engine, one.name)
      await engine.write([], (execute) => execute.run(addOne, one))
      await engine.write([], (execute) => execute.run(forget, {}))
      assert.equal(await readNumber(engine, one.name), 1)
      await engine.write([], (execute) => execute.run(forget, {}))
      await engine.write([], (execute) => execute.run(addOne, one))
      assert.equal(await readNumber(engine, one.name), 2)
    }))

  const asked: Readonly<Record<string, (engine: PostgresEngine) => Promise<unknown>>> = {
    units: (engine) => engine.write([], (execute) => execute.first(addOne, one)),
    'units that are committed with their last statement': (engine) =>
      engine.write([], (execute) => execute.conclude(addOne, one)),
    'brief units': (engine) => engine.write([], (execute) => execute.conclude(addOne, one), { isBrief: true }),
    reads: (engine) => readNumber(engine, one.name),
  }
  for (const [kind, ask] of Object.entries(asked))
    it(`sends all ${kind} again that are on their way when it learns that`, (context) =>
      onServer(context, 4, async (engine) => {
        await prepareAndForget(engine)
        const answers = await Promise.all(Array.from({ length: 40 }, () => ask(engine)))
        const sum = answers.reduce((total: number, answer) => total + Number(answer), 0)
        assert.equal(sum, kind === 'reads' ? 0 : (40 * 41) / 2)
      }))
})
