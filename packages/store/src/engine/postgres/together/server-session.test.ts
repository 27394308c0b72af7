import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest'
import { readNumber } from '../../../sequences/numbers.ts'
import { type Cluster, serverPrograms, startCluster } from '../../../testing/postgres/cluster.ts'
import { withEngine } from '../../../testing/postgres/with-engine.ts'
import { parseAddress } from '../address.ts'
import { PostgresFault } from '../fault.ts'
import type { PostgresEngine } from '../postgres-engine.ts'
import { serverSessions } from '../server-sessions.ts'
import type { Query, Session } from '../session.ts'

const programs = serverPrograms()
let cluster: Cluster | undefined
beforeAll(async () => {
  if (!('missing' in programs)) cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const withSession = async (
  context: TestContext,
  body: (session: Session, engine: PostgresEngine) => Promise<void>,
): Promise<void> => {
  if (cluster === undefined) return context.skip('missing' in programs ? programs.missing : 'no server')
  await withEngine(cluster, '', async (engine, url) => {
    const sessions = serverSessions(parseAddress(url), { statement: 0, lock: 0 })
    const session = await sessions.take()
    await body(session, engine)
    session.release(false)
    await sessions.close()
  })
}

/** What each found in its first column, or the code of its fault. Asked for in one turn. */
const answersTo = async (session: Session, ...asked: readonly (string | Query)[]): Promise<readonly unknown[]> => {
  const queries = asked.map((one) => (typeof one === 'string' ? { text: one, values: [] } : one))
  const settled = await Promise.allSettled(queries.map((query) => session.query(query)))
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value.rows.map(([column]) => column)
    assert.ok(one.reason instanceof PostgresFault)
    return one.reason.code
  })
}

const change = `update marks set value = 5 where name = 'keys_revision'`
const begin = 'begin isolation level read committed'

describe('a session', () => {
  it('executes nothing that was sent with a beginning that fails', (context) =>
    withSession(context, async (session, engine) => {
      const answers = await answersTo(session, 'begin isolation level none', change, 'select 1')
      assert.deepEqual(answers, ['42601', '25P02', '25P02'])
      await session.query({ text: 'commit' })
      assert.equal(await readNumber(engine, 'keys_revision'), 0)
    }))

  it('answers what came before a fault within a transaction, and skips what follows', (context) =>
    withSession(context, async (session, engine) => {
      const answers = await answersTo(session, begin, 'select 1', change, 'select 1 / 0', 'select 2')
      assert.deepEqual(answers, [[], [1], [], '22012', '25P02'])
      assert.equal((await session.query({ text: 'commit' })).command, 'ROLLBACK')
      assert.equal(await readNumber(engine, 'keys_revision'), 0)
    }))

  it('answers each by itself without a transaction', (context) =>
    withSession(context, async (session) => {
      assert.deepEqual(await answersTo(session, 'select 1', 'select 1 / 0', '', 'select 2'), [[1], '22012', [], [2]])
    }))

  it('does not blame the name of a statement that could not be parsed', (context) =>
    withSession(context, async (session) => {
      const named = { text: 'select value from nowhere', values: [], name: 'named' }
      assert.deepEqual(await answersTo(session, named, named), ['42P01', '25P02'])
      assert.deepEqual(await answersTo(session, begin, named, named), [[], '42P01', '25P02'])
      await session.query({ text: 'rollback' })
      await session.query({ text: 'create table nowhere (value bigint)' })
      assert.deepEqual(await answersTo(session, named, named), [[], []])
    }))

  it('goes on with names after a batch of which some were skipped', (context) =>
    withSession(context, async (session) => {
      const named = (name: string) => ({ text: `select ${name.length}::bigint`, values: [], name })
      const failing = { text: 'select 1 / $1::bigint', values: [0], name: 'failing' }
      assert.deepEqual(await answersTo(session, begin, named('a'), failing, named('bb')), [[], [1], '22012', '25P02'])
      await session.query({ text: 'rollback' })
      assert.deepEqual(await answersTo(session, named('bb'), { ...failing, values: [1] }, named('a')), [[2], [1], [1]])
    }))
})
