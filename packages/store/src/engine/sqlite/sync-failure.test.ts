import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { tapStatements } from '../../testing/drivers/statement-tap.ts'
import { strangerAt, temporaryFolder } from '../../testing/folder.ts'
import { VirtualPause } from '../../testing/virtual-pause.ts'
import type { Engine } from '../engine.ts'
import { once } from '../statement.ts'
import { openSqlite } from './sqlite-engine.ts'

const unavailable = { name: 'StoreError', kind: 'unavailable' }

const insert = (engine: Engine, n: number) =>
  engine.write([], (execute) => execute.run(once(`insert into t values (${n})`), {}))

const rows = (path: string): number[] => {
  using stranger = strangerAt(path)
  return (stranger.all('select n from t order by n') as { n: number }[]).map(({ n }) => n)
}

/** Statements of the transaction that were tried. The first one that `fails` names throws this error; nothing else does. */
function breakDisk(fails: RegExp, errcode: number) {
  const tried: string[] = []
  let broken = false
  const tap = tapStatements(({ statement, proceed }) => {
    const text = statement.sourceSQL
    tried.push(text)
    if (broken || !fails.test(text)) return proceed()
    broken = true
    throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode, errstr: 'disk I/O error' })
  })
  return { tried, [Symbol.dispose]: () => tap[Symbol.dispose]() }
}

const withTable = async (path: string): Promise<Engine> => {
  const engine = await openSqlite({ path, pause: new VirtualPause() })
  await engine.write([], (execute) => execute.run(once('create table t (n integer primary key) strict'), {}))
  await insert(engine, 1)
  return engine
}

/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
const syncFailures = [1034, 1290] as const
/** SQLITE_IOERR, SQLITE_IOERR_WRITE, SQLITE_FULL, SQLITE_NOMEM: nothing was promised yet, and the next try may succeed. */
const others = [10, 778, 13, 7] as const

describe('a disk that does not confirm a write', () => {
  for (const errcode of syncFailures) {
    for (const at of ['commit', 'begin immediate', 'insert into t values (2)', 'release unit']) {
      it(`N-474 is trusted no more: after error ${errcode} of "${at}" nothing is begun, and nothing acknowledged`, async () => {
        using folder = temporaryFolder()
        const path = folder.file('a.db')
        const engine = await withTable(path)
        {
          using disk = breakDisk(new RegExp(`^${at.replaceAll(/[()]/g, '\\$&')}$`), errcode)
          const batch = await Promise.allSettled([2, 3, 4].map((n) => insert(engine, n)))
          for (const outcome of batch) {
            assert.equal(outcome.status, 'rejected')
            assert.deepEqual([outcome.reason.name, outcome.reason.kind], ['StoreError', 'unavailable'])
          }
          const triedBefore = disk.tried.length
          await assert.rejects(insert(engine, 5), unavailable)
          await assert.rejects(insert(engine, 6), unavailable)
          assert.deepEqual(disk.tried.slice(triedBefore), [])
        }
        // The disk is well again, but what the kernel has kept of the failed write may be gone.
        await assert.rejects(insert(engine, 7), unavailable)
        assert.deepEqual(rows(path), [1])
        await engine.close()
        const reopened = await openSqlite({ path, pause: new VirtualPause() })
        await insert(reopened, 8)
        await reopened.close()
        assert.deepEqual(rows(path), [1, 8])
      })
    }
  }

  it('N-474 refuses also what was waiting for a later commit', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await withTable(path)
    using disk = breakDisk(/^commit$/, 1034)
    const outcomes = await Promise.allSettled(Array.from({ length: 600 }, (_, at) => insert(engine, at + 2)))
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    assert.equal(disk.tried.filter((text) => text === 'commit').length, 1)
    assert.deepEqual(rows(path), [1])
    await engine.close()
  })

  for (const errcode of others) {
    it(`refuses one batch alone if it said so before anything was promised: error ${errcode} of a commit`, async () => {
      using folder = temporaryFolder()
      const path = folder.file('a.db')
      const engine = await withTable(path)
      using _disk = breakDisk(/^commit$/, errcode)
      const batch = await Promise.allSettled([2, 3].map((n) => insert(engine, n)))
      assert.ok(batch.every(({ status }) => status === 'rejected'))
      await insert(engine, 4)
      assert.deepEqual(rows(path), [1, 4])
      await engine.close()
    })
  }
})
