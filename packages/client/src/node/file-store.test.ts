import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SessionRecord } from '../session/record.ts'
import { fileStore } from './file-store.ts'

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'session')
}

function record(name: string): SessionRecord {
  return {
    retryKey: `key-${name}`,
    kind: 'password',
    baseUrl: 'https://auth.example',
    username: 'ada',
    accessToken: `access-${name}`,
    refreshToken: `refresh-${name}`,
    issuedAt: 1_800_000_000,
    expiresAt: 1_800_000_600,
  }
}

/** A process of its own that appends to the chain of records until it is killed. */
function startWriter(path: string, name: string): ChildProcess {
  const program = new URL('../testing/store-writer.ts', import.meta.url)
  return fork(program, [path, name], {
    execArgv: ['--conditions=countersign'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

describe('a session on disk', () => {
  it('is empty before the first record, and gives back what was stored', async () => {
    const store = fileStore(await newFolder())
    expect(await store.read()).toBeUndefined()
    expect(await store.replace(undefined, record('a'))).toBe(true)
    expect(await store.read()).toEqual(record('a'))
  })

  it('is seen by another store on the same folder', async () => {
    const path = await newFolder()
    await fileStore(path).replace(undefined, record('a'))
    expect(await fileStore(path).read()).toEqual(record('a'))
  })

  it('takes a record only in place of the one that was spent', async () => {
    const store = fileStore(await newFolder())
    await store.replace(undefined, record('a'))
    expect(await store.replace(undefined, record('b'))).toBe(false)
    expect(await store.replace(record('x'), record('b'))).toBe(false)
    expect(await store.replace(record('a'), record('b'))).toBe(true)
    expect(await store.replace(record('a'), record('c'))).toBe(false)
    expect(await store.read()).toEqual(record('b'))
  })

  it('can be emptied and begun again', async () => {
    const store = fileStore(await newFolder())
    await store.replace(undefined, record('a'))
    expect(await store.replace(record('a'), undefined)).toBe(true)
    expect(await store.read()).toBeUndefined()
    expect(await store.replace(record('a'), record('b'))).toBe(false)
    expect(await store.replace(undefined, record('b'))).toBe(true)
  })

  it('lets exactly one of 100 concurrent writers replace a record', async () => {
    const path = await newFolder()
    await fileStore(path).replace(undefined, record('first'))
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, writer) => fileStore(path).replace(record('first'), record(`w${writer}`))),
    )
    const winner = outcomes.indexOf(true)
    expect(outcomes.filter(Boolean)).toHaveLength(1)
    expect(await fileStore(path).read()).toEqual(record(`w${winner}`))
  })

  it('keeps one file, for its owner only', async () => {
    const path = await newFolder()
    const store = fileStore(path)
    await store.replace(undefined, record('a'))
    for (let turn = 0; turn < 5; turn += 1)
      await store.replace((await store.read()) as SessionRecord, record(`${turn}`))
    const names = await readdir(path)
    expect(names).toEqual(['6.json'])
    expect((await stat(join(path, '6.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
  })

  it.each([0o755, 0o770, 0o740, 0o710, 0o720, 0o704, 0o701, 0o702])(
    'refuses a folder that others may use: %o',
    async (mode) => {
      const path = await newFolder()
      await mkdir(path)
      await chmod(path, mode)
      await expect(fileStore(path).read()).rejects.toMatchObject({ code: 'store_unusable' })
      await expect(fileStore(path).replace(undefined, record('a'))).rejects.toMatchObject({ code: 'store_unusable' })
      expect(await readdir(path)).toEqual([])
    },
  )

  it('refuses a folder of another user, even as root, and names its owner', async () => {
    const user = process.geteuid?.()
    let path = '/'
    // Only root can give a folder away; anybody else has one of root's before them.
    if (user === 0) {
      path = await newFolder()
      await mkdir(path, { mode: 0o700 })
      await chown(path, 1234, 1234)
    }
    const store = fileStore(path)
    const owner = user === 0 ? 1234 : 0
    const refused = {
      code: 'store_unusable',
      message: `${path} belongs to user ${owner}, and this program runs as user ${user}`,
    }
    await expect(store.read()).rejects.toMatchObject(refused)
    await expect(store.replace(undefined, record('a'))).rejects.toMatchObject(refused)
    await expect(store.reserve?.()).rejects.toMatchObject(refused)
  })

  it('is store_unusable with the system’s error code where no folder can be created', async () => {
    const file = await newFolder()
    await writeFile(file, 'x')
    const below = fileStore(join(file, 'session'))
    for (const work of [below.read, () => below.replace(undefined, record('a')), () => below.reserve?.()]) {
      await expect(work()).rejects.toMatchObject({ name: 'FileStoreError', code: 'store_unusable', reason: 'ENOTDIR' })
    }
    await expect(fileStore(file).reserve?.()).rejects.toMatchObject({ code: 'store_unusable', reason: 'EEXIST' })
  })

  it('reserves space for a record, which is then stored there, or releases it', async () => {
    const path = await newFolder()
    const store = fileStore(path)
    const reservation = await store.reserve?.()
    const [draft = ''] = await readdir(path)
    expect(draft).toMatch(/^\.draft-/)
    const { size, mode } = await stat(join(path, draft))
    // An answer with tokens has at most this many bytes.
    expect(size).toBeGreaterThan(65_536 + 1024)
    expect(mode & 0o777).toBe(0o600)
    expect(await reservation?.replace(undefined, record('a'))).toBe(true)
    await reservation?.release()
    expect(await readdir(path)).toEqual(['1.json'])
    expect((await stat(join(path, '1.json'))).size).toBeLessThan(1000)
    expect(await store.read()).toEqual(record('a'))

    const late = await store.reserve?.()
    expect(await late?.replace(undefined, record('b'))).toBe(false)
    await late?.release()
    expect(await readdir(path)).toEqual(['1.json'])
    expect(await store.read()).toEqual(record('a'))
  })

  it('stores a record also where its reserved space was removed meanwhile', async () => {
    const path = await newFolder()
    const store = fileStore(path)
    const reservation = await store.reserve?.()
    for (const draft of await readdir(path)) await rm(join(path, draft))
    expect(await reservation?.replace(undefined, record('a'))).toBe(true)
    await reservation?.release()
    expect(await store.read()).toEqual(record('a'))
  })

  it.each(['', '{"session":', '{"session":{"accessToken":"s3cret"}}', '[]'])(
    'says that it holds something else, without quoting it: %s',
    async (content) => {
      const path = await newFolder()
      await mkdir(path, { mode: 0o700 })
      await writeFile(join(path, '1.json'), content)
      const failure = await fileStore(path)
        .read()
        .catch((error) => error)
      expect(failure).toMatchObject({ name: 'FileStoreError', code: 'store_unusable' })
      expect(String(failure.stack)).not.toContain('s3cret')
    },
  )

  it('removes the drafts of processes that were killed, but not fresh ones', async () => {
    const path = await newFolder()
    await mkdir(path, { mode: 0o700 })
    for (const name of ['.draft-old', '.draft-new']) await writeFile(join(path, name), 'x')
    await utimes(join(path, '.draft-old'), 0, 0)
    await fileStore(path).replace(undefined, record('a'))
    expect((await readdir(path)).sort()).toEqual(['.draft-new', '1.json'])
  })

  it('does not count a record that comes with a number long gone: a late writer was not first', async () => {
    const path = await newFolder()
    const store = fileStore(path)
    await store.replace(undefined, record('a'))
    await store.replace(record('a'), record('b'))
    await store.replace(record('b'), record('c'))
    await writeFile(join(path, '2.json'), JSON.stringify({ session: record('late') }))
    expect(await store.read()).toEqual(record('c'))
  })

  it('survives writers that are killed at any moment: each record follows the one it replaced', async () => {
    const path = await newFolder()
    const store = fileStore(path)
    await store.replace(undefined, record('0'))
    const written: { from: string; to: string }[] = []
    for (let round = 0; round < 3; round += 1) {
      const writers = ['a', 'b', 'c'].map((name) => startWriter(path, `${round}${name}`))
      const enough = new Promise<void>((resolve) => {
        let count = 0
        for (const writer of writers) {
          writer.on('message', (step) => {
            written.push(step as { from: string; to: string })
            count += 1
            if (count === 20) resolve()
          })
        }
      })
      await enough
      for (const writer of writers) writer.kill('SIGKILL')
      await Promise.all(writers.map((writer) => once(writer, 'exit')))
    }
    // No record was replaced twice, and the newest is one that somebody wrote.
    expect(new Set(written.map(({ from }) => from)).size).toBe(written.length)
    expect((await store.read())?.retryKey).toMatch(/^key-/)
    expect(await store.replace((await store.read()) as SessionRecord, record('end'))).toBe(true)
  })
})
