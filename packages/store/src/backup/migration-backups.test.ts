import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'vitest'
import { openStore } from '../open/open.ts'
import { temporaryFolder } from '../testing/folder.ts'
import { backUpBeforeMigration, keepNewestBackups, migrationBackups } from './migration-backups.ts'

const noon = 1_800_000_000

const scene = async () => {
  const folder = temporaryFolder()
  const path = folder.file('countersign.db')
  await (await openStore({ path })).close()
  const backups = folder.file('backups')
  mkdirSync(backups)
  const make = (schemaVersion: number, seconds = 0, freeBytes?: (at: string) => number) =>
    backUpBeforeMigration({ path, schemaVersion, folder: backups, now: noon + seconds, freeBytes })
  return { backups, path, make, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

describe('a backup before a migration', () => {
  it('is named by schema and time, readable by its owner only, and whole', async () => {
    using here = await scene()
    const { file, bytes } = here.make(7)
    assert.equal(file, `${here.backups}/countersign-schema-7-20270115T080000Z.db`)
    assert.deepEqual([statSync(file).mode & 0o777, statSync(file).size], [0o600, bytes])
    const db = new DatabaseSync(file, { readOnly: true })
    assert.deepEqual(Object.values(db.prepare('pragma integrity_check').get() ?? {}), ['ok'])
    db.close()
    assert.deepEqual(readdirSync(here.backups), ['countersign-schema-7-20270115T080000Z.db'])
  })

  it('is refused where there is no room, with how much is needed, and nothing is made', async () => {
    using here = await scene()
    const needed = statSync(here.path).size
    assert.throws(() => here.make(7, 0, () => needed - 1), {
      name: 'BackupError',
      code: 'no_room',
      message: `there is no room for a backup before the migration: it needs ${needed} bytes, and ${here.backups} has ${needed - 1}`,
    })
    assert.deepEqual(readdirSync(here.backups), [])
    here.make(7, 0, () => needed)
  })

  it('replaces none of the same second', async () => {
    using here = await scene()
    assert.notEqual(here.make(7).file, here.make(7).file)
    assert.equal(migrationBackups(here.backups).length, 2)
  })

  it('of a migration that is killed again and again takes the place of the one before the last', async () => {
    using here = await scene()
    here.make(6, 0)
    for (let attempt = 1; attempt < 6; attempt++) here.make(7, attempt)
    assert.deepEqual(
      migrationBackups(here.backups).map(({ file }) => file.slice(here.backups.length + 1)),
      ['6-20270115T080000', '7-20270115T080004', '7-20270115T080005'].map((name) => `countersign-schema-${name}Z.db`),
    )
  })

  it('is removed when there are newer ones enough, and no other file is', async () => {
    using here = await scene()
    for (const schema of [4, 5, 6, 7]) here.make(schema, schema)
    const others = ['countersign-2027-01-15.db', 'countersign-schema-7-20270115T080000Z.db.gz', 'notes']
    for (const name of others) writeFileSync(`${here.backups}/${name}`, '')
    keepNewestBackups(here.backups, 2)
    assert.deepEqual(
      migrationBackups(here.backups).map(({ schemaVersion }) => schemaVersion),
      [6, 7],
    )
    for (const name of others) assert.ok(readdirSync(here.backups).includes(name))
  })
})
