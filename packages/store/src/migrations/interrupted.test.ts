import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { event, user } from '../conformance/scenario/fixtures.ts'
import { openSqlite } from '../engine/sqlite/sqlite-engine.ts'
import { openStore } from '../open/open.ts'
import { tapStatements } from '../testing/drivers/statement-tap.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { migrate } from './migrate.ts'
import { knownVersion, migrations } from './migrations.ts'

/**
 * Migrates, and keeps before each statement what a process that is killed there leaves behind: the files as the kernel has
 * them. Of the shared memory nothing counts after the last process is gone.
 */
async function leftBehind(path: string, folder: string): Promise<readonly string[]> {
  const kept: string[] = []
  const keep = () => {
    const place = join(folder, `${kept.length}`)
    mkdirSync(place)
    for (const suffix of ['', '-wal'])
      if (existsSync(path + suffix)) copyFileSync(path + suffix, join(place, `a.db${suffix}`))
    kept.push(join(place, 'a.db'))
  }
  const engine = await openSqlite({ path })
  try {
    using _tap = tapStatements(({ proceed }) => {
      keep()
      return proceed()
    })
    await migrate(engine, migrations, 100)
  } finally {
    keep()
    await engine.close()
  }
  return kept
}

describe('a migration that is killed', () => {
  for (const from of [0, 1, 4, knownVersion]) {
    it(`at any statement, coming from version ${from}, was wholly done or wholly not, and goes on at the next start`, async () => {
      using folder = temporaryFolder()
      const path = folder.file('a.db')
      if (from > 0) {
        const engine = await openSqlite({ path })
        await migrate(engine, migrations.slice(0, from), 50)
        await engine.close()
      }
      const places = await leftBehind(path, folder.file('.'))
      assert.ok(places.length > (from === knownVersion ? 3 : 10), `${places.length} statements`)
      const found = new Set<number>()
      for (const place of places) {
        using stranger = strangerAt(place)
        const tables = stranger.all("select name from sqlite_schema where name = 'schema_versions'")
        const [row] =
          tables.length === 0 ? [{ version: 0 }] : stranger.all('select max(version) as version from schema_versions')
        found.add(Number((row as { version: number | null }).version))
        const store = await openStore({ path: place })
        const { faults, schemaVersion: version } = await store.check()
        assert.deepEqual({ faults, version }, { faults: [], version: knownVersion })
        await store.users.create(user(1), event('user_created'))
        await store.close()
      }
      assert.deepEqual([...found], from === knownVersion ? [from] : [from, knownVersion])
    })
  }
})
