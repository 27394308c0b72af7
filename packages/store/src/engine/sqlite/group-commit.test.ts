import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { statement } from '../../schema/statement.ts'
import { strangerAt, temporaryFolder } from '../../testing/folder.ts'
import { VirtualPause } from '../../testing/virtual-pause.ts'
import type { Engine } from '../engine.ts'
import { once } from '../statement.ts'
import { openSqlite } from './sqlite-engine.ts'

const unavailable = { name: 'StoreError', kind: 'unavailable' }

const insert = (engine: Engine, n: number) =>
  engine.write([], (execute) => execute.run(once(`insert into t values (${n})`), {}))

const withTable = async (path: string, pause = new VirtualPause()): Promise<Engine> => {
  const engine = await openSqlite({ path, pause })
  await engine.write([], (execute) => execute.run(once('create table t (n integer primary key) strict'), {}))
  return engine
}

const rows = (path: string): number[] => {
  using stranger = strangerAt(path)
  return (stranger.all('select n from t order by n') as { n: number }[]).map(({ n }) => n)
}

describe('writes that arrive together', () => {
  it('share one commit', async () => {
    using folder = temporaryFolder()
    const engine = await withTable(folder.file('a.db'))
    const before = engine.statistics()
    await Promise.all(Array.from({ length: 100 }, (_, n) => insert(engine, n)))
    const { writes, commits } = engine.statistics()
    assert.deepEqual([writes - before.writes, commits - before.commits], [100, 1])
    await engine.close()
  })

  it('are no more than 256 in one commit, so that others get their turn', async () => {
    using folder = temporaryFolder()
    const engine = await withTable(folder.file('a.db'))
    const before = engine.statistics().commits
    await Promise.all(Array.from({ length: 600 }, (_, n) => insert(engine, n)))
    assert.equal(engine.statistics().commits - before, 3)
    await engine.close()
  })

  it('are not answered before the commit has returned', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await withTable(path)
    const seen: number[][] = []
    await Promise.all([1, 2, 3].map((n) => insert(engine, n).then(() => seen.push(rows(path)))))
    assert.deepEqual(seen, [
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ])
    await engine.close()
  })

  it('N-281 one that fails undoes itself alone, statement by statement', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await withTable(path)
    const failing = () =>
      engine.write([], async (execute) => {
        await execute.run(once('insert into t values (50)'), {})
        await execute.run(once('insert into t values (1)'), {})
      })
    const throwing = () =>
      engine.write([], async (execute) => {
        await execute.run(once('insert into t values (60)'), {})
        throw new RangeError('its own')
      })
    const batch = [insert(engine, 1), failing(), insert(engine, 2), throwing(), insert(engine, 3)]
    const outcomes = await Promise.allSettled(batch)
    const reasons = outcomes.map(
      (outcome) => outcome.status === 'rejected' && [outcome.reason.name, outcome.reason.kind],
    )
    assert.deepEqual(reasons, [false, ['StoreError', 'conflict'], false, ['RangeError', undefined], false])
    assert.deepEqual(rows(path), [1, 2, 3])
    await engine.close()
  })

  it('all fail if their commit does, and leave nothing behind', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await withTable(path)
    using stranger = strangerAt(path)
    stranger.exec('create table o (parent integer references t (n) deferrable initially deferred)')
    stranger.exec('create trigger late after insert on t when new.n = 2 begin insert into o values (99); end')
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => insert(engine, n)))
    for (const outcome of outcomes) {
      assert.equal(outcome.status, 'rejected')
      assert.deepEqual([outcome.reason.name, outcome.reason.kind], ['StoreError', 'unavailable'])
    }
    assert.deepEqual(rows(path), [])
    await insert(engine, 1)
    assert.deepEqual(rows(path), [1])
    await engine.close()
  })

  it('are finished before the engine closes; later ones are refused', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await withTable(path)
    const begun = insert(engine, 1)
    const closed = engine.close()
    await assert.rejects(insert(engine, 2), unavailable)
    await Promise.all([begun, closed])
    assert.deepEqual(rows(path), [1])
  })
})

describe('a database that another process has locked', () => {
  it('is waited for on a timer while reads and other work go on', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const pause = new VirtualPause()
    const engine = await withTable(path, pause)
    using stranger = strangerAt(path)
    stranger.exec('begin immediate')
    let reads = 0
    pause.afterwards = (elapsed) => {
      void engine.read.all(nothing, {}).then(() => reads++)
      if (elapsed >= 1000) {
        stranger.exec('commit')
        pause.afterwards = () => {}
      }
    }
    await Promise.all([insert(engine, 1), insert(engine, 2)])
    assert.ok(pause.elapsed >= 1000 && pause.elapsed < 1010, `${pause.elapsed}`)
    assert.ok(reads > 400, `${reads} reads`)
    assert.deepEqual(rows(path), [1, 2])
    await engine.close()
  })

  it('is given up after 2 s: every unit gets unavailable, and none has run', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const pause = new VirtualPause()
    const engine = await withTable(path, pause)
    using stranger = strangerAt(path)
    stranger.exec('begin immediate')
    const before = engine.statistics()
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => insert(engine, n)))
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    await assert.rejects(insert(engine, 4), unavailable)
    assert.ok(pause.elapsed >= 4000 && pause.elapsed < 4010, `${pause.elapsed}`)
    assert.equal(engine.statistics().writes, before.writes)
    stranger.exec('rollback')
    await insert(engine, 5)
    assert.deepEqual(rows(path), [5])
    await engine.close()
  })

  it('gives a unit that came later its own time', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const pause = new VirtualPause()
    const engine = await withTable(path, pause)
    using stranger = strangerAt(path)
    stranger.exec('begin immediate')
    let late: Promise<unknown> = Promise.resolve()
    pause.afterwards = (elapsed) => {
      if (elapsed >= 1500) {
        late = insert(engine, 2)
        pause.afterwards = (now) => {
          if (now >= 2500) {
            stranger.exec('rollback')
            pause.afterwards = () => {}
          }
        }
      }
    }
    await assert.rejects(insert(engine, 1), unavailable)
    await late
    assert.deepEqual(rows(path), [2])
    await engine.close()
  })
})

const nothing = statement({}, (db) => db.selectNoFrom((eb) => eb.val(1).as('one')))
