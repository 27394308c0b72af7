import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { event, idOf, session, withPrincipals } from '../conformance/scenario/fixtures.ts'
import { openStore } from '../open/open.ts'
import { temporaryFolder } from '../testing/folder.ts'
import { restoreOptions } from '../testing/restore-options.ts'
import { backUpDatabase } from './back-up.ts'
import { faultsOf } from './quick-check.ts'
import { restoreDatabase } from './restore.ts'
import { endedUncleanly, markServing, unmarkServing } from './unclean-end.ts'

const program = (name: string, ...args: readonly string[]): readonly string[] => [
  '--conditions=countersign',
  fileURLToPath(new URL(`../testing/processes/${name}`, import.meta.url)),
  ...args,
]

/** A database with a session that its backup does not have. */
const scene = async () => {
  const folder = temporaryFolder()
  const path = folder.file('countersign.db')
  const file = folder.file('backup.db')
  const store = await openStore({ path })
  await withPrincipals(store)
  await backUpDatabase(path, file)
  await store.authorizations.create(session(1), event('authorization_created'))
  await store.close()
  return { folder, path, file, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

/** Ends a process as a crash does, and waits for its end. */
const holdAndKill = async (path: string, meanwhile: () => Promise<void>): Promise<void> => {
  const child = spawn(process.execPath, program('holding.ts', path))
  await once(child.stdout, 'data')
  await meanwhile()
  child.kill('SIGKILL')
  await once(child, 'close')
}

describe('N-508 a restore that is cut off', () => {
  it('leaves the old database whole or the new one, at every step, and can be done again', {
    timeout: 120_000,
  }, async () => {
    using here = await scene()
    const outcomes: string[] = []
    for (let step = 1; outcomes.at(-1) !== 'done'; step++) {
      const path = here.folder.file(`step-${step}.db`)
      copyFileSync(here.path, path)
      const { stdout } = spawnSync(process.execPath, program('restoring.ts', path, here.file, `${step}`))
      const store = await openStore({ path })
      assert.deepEqual((await store.check()).faults, [])
      const old = (await store.authorizations.find(idOf(1))) !== undefined
      const restored = (await store.audit.list({ limit: 1 }))[0]?.action === 'database_restored'
      assert.notEqual(old, restored, `step ${step}`)
      await store.close()
      outcomes.push(stdout.toString() === 'done' ? 'done' : restored ? 'new' : 'old')
      await restoreDatabase(restoreOptions(path, here.file))
      assert.equal(existsSync(`${path}.restoring`), false)
    }
    assert.deepEqual([...new Set(outcomes)], ['old', 'new', 'done'])
  })
})

describe('a database that a process has open', () => {
  it('is not restored over, and is as soon as that process is gone, however it went', async () => {
    using here = await scene()
    await holdAndKill(here.path, () =>
      assert.rejects(restoreDatabase(restoreOptions(here.path, here.file)), { name: 'BackupError', code: 'in_use' }),
    )
    // Its log is left behind, and may hold anything: none of it comes back.
    const done = await restoreDatabase(restoreOptions(here.path, here.file))
    assert.equal(done.replaced, 'later')
    assert.deepEqual(await faultsOf(here.path), [])
  })

  it('is opened by no process while it is restored', async () => {
    using here = await scene()
    let refused: Promise<void> | undefined
    await restoreDatabase({
      ...restoreOptions(here.path, here.file),
      onStep: () => {
        refused ??= assert.rejects(openStore({ path: here.path, lockLimitMilliseconds: 0 }), { code: 'locked' })
      },
    })
    await refused
    await (await openStore({ path: here.path })).close()
  })
})

describe('the check after an unclean end', () => {
  it('is asked for after a kill and by no close, whatever a command did in between', async () => {
    using here = await scene()
    assert.equal(endedUncleanly(here.path), false)
    const store = await openStore({ path: here.path })
    markServing(here.path)
    assert.equal(endedUncleanly(here.path), true)
    await holdAndKill(here.path, async () => {
      await store.close()
      // Another server has it open still.
      unmarkServing(here.path)
      assert.equal(endedUncleanly(here.path), true)
    })
    await (await openStore({ path: here.path })).close()
    assert.equal(endedUncleanly(here.path), true)
    unmarkServing(here.path)
    assert.equal(endedUncleanly(here.path), false)
  })

  it('finds a copy that was put under the log of another database, and changes no file', async () => {
    using here = await scene()
    await holdAndKill(here.path, async () => {
      const store = await openStore({ path: here.path })
      for (let n = 2; n < 60; n++) await store.authorizations.create(session(n), event('authorization_created'))
      // The log of a database that is still open: what a kill would leave.
      for (const suffix of ['', '-wal']) copyFileSync(here.path + suffix, here.folder.file(`killed.db${suffix}`))
      await store.close()
    })
    const killed = here.folder.file('killed.db')
    assert.deepEqual(await faultsOf(killed), [])
    copyFileSync(here.file, killed)
    const before = statSync(`${killed}-wal`).size
    assert.notDeepEqual(await faultsOf(killed), [])
    assert.equal(statSync(`${killed}-wal`).size, before)
    // With the log out of the way the copy is sound: a restore puts it there so.
    const done = await restoreDatabase(restoreOptions(killed, here.file))
    assert.equal(done.replaced, 'damaged')
    assert.deepEqual(await faultsOf(killed), [])
    assert.equal(statSync(`${done.kept}-wal`).size, before)
  })

  it('says what is no database at all', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    writeFileSync(path, 'nothing'.repeat(1000))
    assert.match((await faultsOf(path)).join(), /not a database/)
    assert.deepEqual(readdirSync(folder.path), ['a.db'])
  })
})
