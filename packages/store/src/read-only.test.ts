import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, it, type TestContext } from 'vitest'
import { openStore } from './open/open.ts'

const script = fileURLToPath(new URL('testing/processes/read-only.ts', import.meta.url))
/** The user `nobody` of Debian and its derivatives. */
const nobody = 65_534
const user = process.geteuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

const start = (path: string, ...words: readonly string[]): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, ['--conditions=countersign', script, path, ...words], user)

/** File modes bind every user but root: another user has to try, who must be able to run the script at all. */
function requireSomebodyElse(context: TestContext): void {
  const { status } = spawnSync(process.execPath, ['--check', script], user)
  if (status !== 0) context.skip('nobody else may run Node.js here')
}

/** A folder with a store of theirs in it, made by them. */
async function theirStore() {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-read-only-'))
  chmodSync(folder, 0o755)
  const data = join(folder, 'data')
  mkdirSync(data)
  if (user.uid !== undefined) chownSync(data, user.uid, user.gid)
  const path = join(data, 'a.db')
  const made = start(path)
  assert.match(await text(made.stdout), /"write":"done"/)
  return {
    path,
    modes: (file: number, directory: number) => {
      chmodSync(path, file)
      chmodSync(data, directory)
    },
    [Symbol.dispose]: () => {
      chmodSync(data, 0o700)
      rmSync(folder, { recursive: true })
    },
  }
}

describe('read-only files (N-227)', () => {
  it('N-227 of a store that is opened: what can be read is read, and every write is refused as unavailable', async (context) => {
    requireSomebodyElse(context)
    using store = await theirStore()
    store.modes(0o400, 0o700)
    const outcome = JSON.parse(await text(start(store.path).stdout))
    assert.deepEqual(outcome, { before: 'unavailable', write: 'unavailable', read: 'done', highWater: 2 })
  })

  for (const file of [0o600, 0o400]) {
    it(`N-227 in a folder where nothing can be made are refused at the start, file mode ${file.toString(8)}`, async (context) => {
      requireSomebodyElse(context)
      using store = await theirStore()
      store.modes(file, 0o500)
      assert.deepEqual(JSON.parse(await text(start(store.path).stdout)), { refused: 'file_unusable' })
    })
  }

  it('N-227 that become so while they are open: what is acknowledged is there, and nothing else is', async (context) => {
    requireSomebodyElse(context)
    using store = await theirStore()
    const child = start(store.path, 'wait')
    await once(child.stdout, 'data')
    store.modes(0o400, 0o500)
    child.stdin.end('go\n')
    const { write, read, highWater } = JSON.parse(await text(child.stdout))
    // Descriptors that are open keep their rights: the system refuses nothing, and so do we.
    assert.deepEqual({ write, read, highWater }, { write: 'done', read: 'done', highWater: 2 })
    store.modes(0o600, 0o700)
    if (user.uid !== undefined) for (const suffix of ['', '-wal', '-shm']) chownIfThere(store.path + suffix)
    const reopened = await openStore({ path: store.path })
    assert.equal(await reopened.marks.highWater(), 2)
    await reopened.close()
  })
})

/** Ours again, or it would be refused as another user's. */
function chownIfThere(path: string): void {
  try {
    chownSync(path, process.geteuid?.() ?? 0, process.getegid?.() ?? 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
