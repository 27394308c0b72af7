import assert from 'node:assert/strict'
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe, it } from 'vitest'
import { event, user } from '../../conformance/scenario/fixtures.ts'
import { openStore } from '../../open/open.ts'
import { temporaryFolder } from '../../testing/folder.ts'

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('the files of the database', () => {
  it('N-235 are readable by their owner alone', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const store = await openStore({ path })
    assert.deepEqual([path, `${path}-wal`, `${path}-shm`].map(mode), ['600', '600', '600'])
    await store.close()
  })

  it('N-235 that others can access are restricted to the owner', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    await (await openStore({ path })).close()
    chmodSync(path, 0o644)
    const store = await openStore({ path })
    assert.equal(mode(path), '600')
    const { files } = await store.check()
    assert.deepEqual(
      files.map((file) => file.mode),
      ['0600', '0600', '0600'],
    )
    await store.close()
  })

  it('N-235 are refused if they are links', async () => {
    using folder = temporaryFolder()
    const real = folder.file('real.db')
    await (await openStore({ path: real })).close()
    symlinkSync(real, folder.file('soft.db'))
    linkSync(real, folder.file('hard.db'))
    for (const name of ['soft.db', 'hard.db', 'real.db']) {
      await assert.rejects(openStore({ path: folder.file(name) }), { name: 'StoreOpenError', code: 'file_unsafe' })
    }
  })

  it('N-235 are refused if the log beside them is a link', async () => {
    using folder = temporaryFolder()
    writeFileSync(folder.file('elsewhere'), '')
    symlinkSync(folder.file('elsewhere'), folder.file('a.db-wal'))
    await assert.rejects(openStore({ path: folder.file('a.db') }), { code: 'file_unsafe' })
  })

  const away = {
    removed: (file: string) => rmSync(file),
    'moved away': (file: string) => renameSync(file, `${file}.moved`),
    'replaced by nothing': (file: string) => {
      rmSync(file)
      writeFileSync(file, '', { mode: 0o600 })
    },
    'replaced by a copy': (file: string) => {
      copyFileSync(file, `${file}.copy`)
      renameSync(`${file}.copy`, file)
    },
  }
  for (const [what, move] of Object.entries(away)) {
    for (const suffix of ['', '-wal', '-shm']) {
      it(`that are ${what} while they are open take no acknowledged write with them: a.db${suffix}`, async () => {
        using folder = temporaryFolder()
        const path = folder.file('a.db')
        const store = await openStore({ path })
        await store.users.create(user(1), event('user_created'))
        assert.equal(store.isInPlace(), true)
        move(path + suffix)
        const unavailable = { name: 'StoreError', kind: 'unavailable' }
        await assert.rejects(store.users.create(user(2), event('user_created')), unavailable)
        assert.equal(store.isInPlace(), false)
        await assert.rejects(store.users.create(user(3), event('user_created')), unavailable)
        await store.close()
      })
    }
  }

  it('that are missed by a look are written to no more', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const store = await openStore({ path })
    renameSync(path, folder.file('elsewhere.db'))
    assert.equal(store.isInPlace(), false)
    renameSync(folder.file('elsewhere.db'), path)
    // Whatever was written meanwhile by others: this process knows nothing of it.
    await assert.rejects(store.users.create(user(1), event('user_created')), { kind: 'unavailable' })
    await store.close()
  })

  it('are refused if they are no files, no databases, or cannot be made', async () => {
    using folder = temporaryFolder()
    mkdirSync(folder.file('folder.db'))
    writeFileSync(folder.file('text.db'), 'This is not a database at all. '.repeat(40), { mode: 0o600 })
    await assert.rejects(openStore({ path: folder.file('folder.db') }), { code: 'file_unsafe' })
    await assert.rejects(openStore({ path: folder.file('text.db') }), { code: 'file_unusable' })
    await assert.rejects(openStore({ path: folder.file('no/such/folder.db') }), { code: 'file_unusable' })
  })
})
