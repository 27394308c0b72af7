import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import type { Engine } from '../engine/engine.ts'
import { timerPause } from '../engine/pause.ts'
import { openWriter } from '../engine/sqlite/connection.ts'
import { openSqlite } from '../engine/sqlite/sqlite-engine.ts'
import { migrate } from '../migrations/migrate.ts'
import { migrations } from '../migrations/migrations.ts'
import { addOne, readNumber, set } from '../sequences/numbers.ts'
import { concurrentEngine } from './concurrent-engine.ts'
import { temporaryFolder } from './folder.ts'

const withEngine = async (body: (engine: Engine) => Promise<void>): Promise<void> => {
  using folder = temporaryFolder()
  const path = folder.file('a.db')
  const inner = await openSqlite({ path })
  await migrate(inner, migrations, 0)
  const engine = concurrentEngine({ inner, db: await openWriter(path, timerPause, 2000) })
  await body(engine)
  await engine.close()
}
const one = { name: 'keys_revision' } as const
const other = { name: 'next_droplet_number' } as const

describe('the engine that runs units concurrently and twice', () => {
  it('runs each unit twice, and the first run leaves nothing', () =>
    withEngine(async (engine) => {
      let runs = 0
      const value = await engine.write([], (execute) => {
        runs++
        return execute.first(addOne, one)
      })
      assert.deepEqual([runs, value, await readNumber(engine, one.name)], [2, 1, 1])
    }))

  it('shows a unit its own changes, and no other unit those', () =>
    withEngine(async (engine) => {
      const seen: unknown[] = []
      await Promise.all([
        engine.write([], async (execute) => {
          await execute.run(set, { ...one, value: 7 })
          seen.push(['changed', (await execute.first(addOne, one)) ?? 0])
        }),
        engine.write([], async () => {
          seen.push(['read', await readNumber(engine, one.name)])
        }),
      ])
      assert.deepEqual(new Set(seen.map(String)), new Set(['changed,8', 'read,0']))
    }))

  it('lets a change of a row wait for the unit that has changed it, and ends a deadlock', () =>
    withEngine(async (engine) => {
      const both = (names: readonly (typeof one | typeof other)[]) =>
        engine.write([], async (execute) => {
          for (const name of names) await execute.first(addOne, name)
        })
      await Promise.all([both([one, other]), both([other, one]), both([one, other])])
      assert.deepEqual([await readNumber(engine, one.name), await readNumber(engine, other.name)], [3, 3])
    }))

  it('lets one unit begin when another one with its key has committed', () =>
    withEngine(async (engine) => {
      const copy = () =>
        engine.write(['a key'], async (execute) => {
          const value = await readNumber(engine, one.name)
          await execute.run(set, { ...one, value: value + 1 })
        })
      await Promise.all([copy(), copy(), copy()])
      assert.equal(await readNumber(engine, one.name), 3)
    }))
})
