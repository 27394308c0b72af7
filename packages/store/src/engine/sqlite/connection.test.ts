import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { describe, it } from 'vitest'
import { openStore } from '../../open/open.ts'
import { strangerAt, temporaryFolder } from '../../testing/folder.ts'
import { VirtualPause } from '../../testing/virtual-pause.ts'
import { assertSettings, assertVersion } from './connection.ts'

const right = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, busy_timeout: 0, trusted_schema: 0 }

describe('what the database says of itself when it is opened', () => {
  it('N-230 is what durability needs', async () => {
    using folder = temporaryFolder()
    const store = await openStore({ path: folder.file('a.db') })
    const { settings, faults, engine, replaced } = await store.check()
    assert.deepEqual(
      { settings, faults, engine, replaced },
      { settings: right, faults: [], engine: 'sqlite', replaced: false },
    )
    await store.close()
  })

  for (const [name, wrong] of Object.entries({
    journal_mode: 'delete',
    synchronous: 1,
    foreign_keys: 0,
    busy_timeout: 5000,
  })) {
    it(`N-230 is refused where ${name} is ${wrong}`, () => {
      assert.throws(() => assertSettings({ ...right, [name]: wrong }), {
        name: 'StoreOpenError',
        code: 'setting_refused',
      })
    })
  }

  it('N-230 is refused where SQLite is older than 3.51.3, which may corrupt its log', () => {
    for (const old of ['3.51.2', '3.50.9', '3.9.0', '2.99.99', '3.51', '']) {
      assert.throws(() => assertVersion(old), { name: 'StoreOpenError', code: 'engine_too_old' })
    }
    for (const fine of ['3.51.3', '3.51.10', '3.53.0', '4.0.0']) assert.doesNotThrow(() => assertVersion(fine))
  })

  it('detects that the file was replaced by another one', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const store = await openStore({ path })
    renameSync(path, folder.file('moved.db'))
    writeFileSync(path, '')
    assert.equal((await store.check()).replaced, true)
    await store.close()
  })

  it('waits for a lock at opening no longer than for any other', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    await (await openStore({ path })).close()
    using stranger = strangerAt(path)
    stranger.exec('pragma locking_mode = exclusive; begin exclusive')
    const pause = new VirtualPause()
    await assert.rejects(openStore({ path, pause }), { name: 'StoreOpenError', code: 'locked' })
    assert.ok(pause.elapsed >= 2000 && pause.elapsed <= 2010, `${pause.elapsed}`)
  })
})
