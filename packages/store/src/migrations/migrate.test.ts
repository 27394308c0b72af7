import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { openSqlite } from '../engine/sqlite/sqlite-engine.ts'
import { openStore } from '../open.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { migrate, schemaVersion } from './migrate.ts'
import type { Migration } from './migration.ts'
import { knownVersion, migrations } from './migrations.ts'

const numbered = (version: number, steps: readonly string[]): Migration => ({
  version,
  name: `step ${version}`,
  steps: () => steps,
})
const first = numbered(1, ['create table one (n integer)'])
const second = numbered(2, ['create table two (n integer)', 'insert into two values (2)'])

describe('migrations', () => {
  it('are numbered from 1 without a gap', () => {
    assert.deepEqual(
      migrations.map(({ version }) => version),
      migrations.map((_, place) => place + 1),
    )
  })

  it('N-233 run once, in order, however often the store is opened', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await openSqlite({ path })
    assert.equal(await migrate(engine, [first], 100), 1)
    assert.equal(await migrate(engine, [first, second], 200), 2)
    assert.equal(await migrate(engine, [first, second], 300), 2)
    assert.equal(await schemaVersion(engine), 2)
    using stranger = strangerAt(path)
    assert.deepEqual(
      stranger.all('select version, applied_at from schema_versions').map((row) => Object.values(row as object)),
      [
        [1, 100],
        [2, 200],
      ],
    )
    await engine.close()
  })

  it('N-233 that fail in the middle leave the schema as it was, and can be run again', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await openSqlite({ path })
    await migrate(engine, [first], 100)
    const broken = numbered(2, ['create table two (n integer)', 'insert into nowhere values (1)'])
    await assert.rejects(migrate(engine, [first, broken], 200), { name: 'StoreError', kind: 'unavailable' })
    assert.equal(await schemaVersion(engine), 1)
    assert.equal(await migrate(engine, [first, second], 300), 2)
    await engine.close()
  })

  it('N-233 of a newer program are left alone: an older one refuses to start', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const store = await openStore({ path })
    assert.deepEqual((await store.check()).schemaVersion, knownVersion)
    await store.close()
    using stranger = strangerAt(path)
    stranger.exec(`insert into schema_versions values (${knownVersion + 1}, 'from the future', 0)`)
    await assert.rejects(openStore({ path }), {
      name: 'StoreOpenError',
      code: 'schema_newer',
      message: /use a newer one/,
    })
  })

  it('N-233 run once when several open a new store at the same time', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore({ path, clock: { now: () => 100 } })))
    using stranger = strangerAt(path)
    assert.equal(stranger.all('select * from schema_versions').length, knownVersion)
    await Promise.all(stores.map((store) => store.close()))
  })
})
