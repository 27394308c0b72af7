import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { openSqlite } from '../engine/sqlite/sqlite-engine.ts'
import { migrate } from '../migrations/migrate.ts'
import { knownVersion, migrations } from '../migrations/migrations.ts'
import { temporaryFolder } from '../testing/folder.ts'
import { olderSchema } from './older-schema.ts'
import { openStore } from './open.ts'

const older = knownVersion - 1

const databaseOf = async (path: string, version = older): Promise<void> => {
  const engine = await openSqlite({ path })
  await migrate(engine, migrations.slice(0, version), 100)
  await engine.close()
}

describe('a database of an older schema', () => {
  it('is found by its schema; a current one, a new one and a file of something else are not', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    assert.equal(await olderSchema({ path }), undefined)
    await databaseOf(path)
    assert.deepEqual(await olderSchema({ path }), { path, schemaVersion: older, knownVersion })
    await (await openStore({ path })).close()
    assert.equal(await olderSchema({ path }), undefined)
  })

  it('is refused, and left as it is, by whoever must not migrate', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    await databaseOf(path)
    await assert.rejects(openStore({ path, older: 'refuse' }), { name: 'StoreOpenError', code: 'schema_older' })
    assert.equal((await olderSchema({ path }))?.schemaVersion, older)
  })

  it('is left as it is where what has to come before the migration fails', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    await databaseOf(path)
    const before = () => Promise.reject(new Error('no room'))
    await assert.rejects(openStore({ path, older: { before } }), { message: 'no room' })
    assert.equal((await olderSchema({ path }))?.schemaVersion, older)
    // Nobody is locked out by that.
    await (await openStore({ path })).close()
  })

  it('is migrated once, alone, when several open it at the same time', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    await databaseOf(path)
    const told: string[] = []
    const tell = async ({ schemaVersion }: { readonly schemaVersion: number }) => {
      told.push(`before ${schemaVersion}`)
      await assert.rejects(openStore({ path, older: 'refuse', lockLimitMilliseconds: 0 }), { code: 'locked' })
    }
    const hooks = { before: tell, after: async () => void told.push('after') }
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore({ path, older: hooks })))
    assert.deepEqual(told, [`before ${older}`, 'after'])
    for (const store of stores) assert.equal((await store.check()).schemaVersion, knownVersion)
    await Promise.all(stores.map((store) => store.close()))
  })

  it('is not migrated while another process has it open', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    await databaseOf(path)
    // As a server of the older version: it holds the lock, and knows only its own schema.
    const holding = fileURLToPath(new URL('../testing/processes/locking.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=countersign', holding, path])
    await once(child.stdout, 'data')
    await assert.rejects(openStore({ path, lockLimitMilliseconds: 20 }), {
      code: 'locked',
      message: /stop that one first/,
    })
    assert.equal((await olderSchema({ path }))?.schemaVersion, older)
    child.kill('SIGKILL')
    await once(child, 'close')
    await (await openStore({ path })).close()
  })
})
