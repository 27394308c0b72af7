// Of the files that Countersign writes itself: the data folder, and SQLite's. What a PostgreSQL server syncs is its own, and
// `doctor` complains where it is told not to.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { changesIn, parse, type SystemCall, systemCallsOf, whyNotTraced } from './durability/system-calls.ts'

const main = fileURLToPath(new URL('../../apps/server/src/main.ts', import.meta.url))
const writer = fileURLToPath(new URL('durability/session-writer.ts', import.meta.url))

const whyNot = whyNotTraced()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-durable-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The story of one file: its drafts are `draft`, itself `file`, its folder `folder`. */
function storyOf(path: string, calls: readonly SystemCall[]): string[] {
  const named = calls.find(({ name, paths }) => (name === 'link' || name === 'rename') && paths.at(-1) === path)
  const draft = named?.paths[0]
  const names = new Map([
    [path, 'file'],
    [draft, 'draft'],
    [dirname(path), 'folder'],
  ])
  return calls
    .flatMap(({ name, paths }) => {
      const told = paths.map((it) => names.get(it))
      return told.every((it) => it !== undefined) && told.length > 0 ? [`${name} ${told.join(' ')}`] : []
    })
    .filter((step, place, all) => step !== all[place - 1])
}

/** A file appears whole and stays: the content is synced before it has its name, and the name after. */
function expectDurable(path: string, calls: readonly SystemCall[]): void {
  const story = storyOf(path, calls)
  // The last of each: a draft may have been written and synced before, to reserve space.
  const at = (pattern: RegExp) => story.findLastIndex((step) => pattern.test(step))
  const order = [/^open draft$/, /^write draft$/, /^fsync draft$/, /^(link|rename) draft file$/].map(at)
  expect(order, story.join(', ')).not.toContain(-1)
  expect(order, story.join(', ')).toEqual([...order].sort((a, b) => a - b))
  expect(story.lastIndexOf('write draft'), 'nothing is written after the sync').toBeLessThan(order[2] ?? 0)
  const named = calls.findIndex(({ name, paths }) => /link|rename/.test(name) && paths.at(-1) === path)
  const isInFolder = (it: string) => it === dirname(path) || dirname(it) === dirname(path)
  // Before anything that relies on it, such as a database that is sealed under it.
  const next = calls.slice(named + 1).find(({ name, paths }) => name !== 'unlink' && paths.some(isInFolder))
  expect(next, `the name of ${basename(path)} is synced next`).toEqual({ name: 'fsync', paths: [dirname(path)] })
  expect(story.join(), 'it is never written in place').not.toMatch(/(open|write) file/)
}

/** The name of a folder that was made is synced before anything in it could be relied on. */
function expectNameDurable(path: string, calls: readonly SystemCall[]): void {
  const made = calls.findIndex(({ name, paths }) => name === 'mkdir' && paths[0] === path)
  expect(made, `${path} was made`).toBeGreaterThanOrEqual(0)
  const synced = calls.findIndex(({ name, paths }, at) => at > made && name === 'fsync' && paths[0] === dirname(path))
  const used = calls.findIndex(
    ({ name, paths }, at) =>
      at > made && (name === 'link' || name === 'rename') && paths.at(-1)?.startsWith(`${path}/`),
  )
  expect(synced, `the name of ${path} is synced`).toBeGreaterThan(made)
  expect(synced, `the name of ${path} is synced before there is anything in it`).toBeLessThan(used)
}

describe('what a loss of power leaves behind', () => {
  beforeEach((context) => {
    if (whyNot !== undefined) context.skip(whyNot)
  })

  it('N-475 the first start: master key, certificate and folders are whole or not there', async () => {
    const data = join(folder, 'server', 'below', 'data')
    const serve = [main, 'serve', '--json', '--tls-self-signed', '--data', data, '--port', '0']
    const all = await systemCallsOf(serve, folder, (child) => child.kill('SIGTERM'))
    const calls = changesIn(all)
    for (const made of [data, dirname(data), dirname(dirname(data))]) expectNameDurable(made, calls)
    expectDurable(join(data, 'master.key'), calls)
    expectDurable(join(data, 'tls', 'self-signed.pem'), calls)
    // What is found in the folder, and how each was made durable, is known: a further file asks for a decision.
    // The lock file is empty: nothing of it could be lost.
    expect((await readdir(data)).sort()).toEqual(['countersign.db', 'countersign.db-lock', 'master.key', 'tls'])
    expect((await stat(join(data, 'countersign.db-lock'))).size).toBe(0)
    expect(await readdir(join(data, 'tls'))).toEqual(['self-signed.pem'])
    // Of several that start at once, who sees a database must find the key that was made before it.
    const looked = (path: string) => all.findIndex(({ name, paths }) => name === 'look' && paths[0] === path)
    expect(looked(join(data, 'countersign.db'))).toBeGreaterThan(0)
    expect(looked(join(data, 'master.key'))).toBeGreaterThan(looked(join(data, 'countersign.db')))
  })

  it('N-475 a server says that it serves when the log of its database is synced', async () => {
    const data = join(folder, 'log')
    const serve = [main, 'serve', '--json', '--data', data, '--port', '0']
    const calls = changesIn(await systemCallsOf(serve, folder, (child) => child.kill('SIGTERM')))
    const log = join(data, 'countersign.db-wal')
    const said = calls.findIndex(({ name, paths }) => name === 'write' && paths[0] === 'standard output')
    expect(said).toBeGreaterThan(0)
    const before = calls.slice(0, said)
    const last = (name: SystemCall['name']) =>
      before.findLastIndex((call) => call.name === name && call.paths[0] === log)
    expect(last('write')).toBeGreaterThan(0)
    expect(last('fsync')).toBeGreaterThan(last('write'))
    expect(before.some(({ name, paths }) => name === 'fsync' && paths[0] === data)).toBe(true)
  })

  it('N-475 an export of the audit trail: the file and its name are synced before the trail counts it as exported', async () => {
    const data = join(folder, 'trail')
    await systemCallsOf([main, 'create-user', '-u', 'olga', '-g', 'owner', '--json', '--data', data], folder)
    const file = join(folder, 'trail.jsonl')
    const calls = changesIn(await systemCallsOf([main, 'audit', 'export', file, '--json', '--data', data], folder))
    const last = (name: SystemCall['name'], path: string) =>
      calls.findLastIndex((call) => call.name === name && call.paths[0] === path)
    expect(last('write', file)).toBeGreaterThan(0)
    expect(last('fsync', file)).toBeGreaterThan(last('write', file))
    const recorded = calls.findIndex(
      ({ name, paths }) => name === 'write' && paths[0] === join(data, 'countersign.db-wal'),
    )
    expect(recorded).toBeGreaterThan(last('fsync', file))
    const opened = calls.findIndex(({ name, paths }) => name === 'open' && paths[0] === file)
    expect(calls.slice(opened, recorded)).toContainEqual({ name: 'fsync', paths: [folder] })
  })

  it('N-475 a stored session: each record is whole or not there, and so are its folders', async () => {
    const path = join(folder, 'client', 'below', 'session')
    const calls = changesIn(await systemCallsOf([writer, path], folder))
    for (const made of [path, dirname(path), dirname(dirname(path))]) expectNameDurable(made, calls)
    for (const number of [1, 2, 3]) expectDurable(join(path, `${number}.json`), calls)
    // What was replaced goes only when what took its place is safe.
    const removed = calls.findIndex(({ name, paths }) => name === 'unlink' && paths[0] === join(path, '1.json'))
    const linked = calls.findIndex(({ name, paths }) => name === 'link' && paths[1] === join(path, '2.json'))
    const synced = calls.findIndex(({ name, paths }, at) => at > linked && name === 'fsync' && paths[0] === path)
    expect(linked).toBeGreaterThan(0)
    expect(synced).toBeGreaterThan(linked)
    expect(removed).toBeGreaterThan(synced)
  })
})

it('calls are read from the record of strace, also such as another thread has cut in two', () => {
  const record = [
    '7 openat(AT_FDCWD</home>, "/data/.draft", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = 21</data/.draft>',
    '7 openat(AT_FDCWD</home>, "/data/other", O_RDONLY|O_CLOEXEC) = 22</data/other>',
    '7 write(21</data/.draft>, ""..., 32 <unfinished ...>',
    '8 fsync(23</data> <unfinished ...>',
    '7 <... write resumed>)              = 32',
    '8 <... fsync resumed>)              = 0',
    '7 link("/data/.draft", "/data/file") = -1 EEXIST (File exists)',
    '7 link("/data/.draft", "/data/file") = 0',
    '7 +++ exited with 0 +++',
  ]
  const calls = parse(`${record.join('\n')}\n`)
  expect(calls.filter(({ name }) => name === 'look')).toEqual([{ name: 'look', paths: ['/data/other'] }])
  expect(changesIn(calls)).toEqual([
    { name: 'open', paths: ['/data/.draft'] },
    { name: 'write', paths: ['/data/.draft'] },
    { name: 'fsync', paths: ['/data'] },
    { name: 'link', paths: ['/data/.draft', '/data/file'] },
  ])
})
