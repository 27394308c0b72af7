import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { idOf, trail, withSession } from './conformance/scenario/fixtures.ts'
import { openStore } from './open/open.ts'
import { temporaryFolder } from './testing/folder.ts'

const script = fileURLToPath(new URL('testing/processes/rotating.ts', import.meta.url))

/** Runs two processes with 500 calls each on the file at `path` and adds up their outcomes. */
const race = async (path: string, key: string): Promise<Record<string, number>> => {
  const processes = [1, 2].map(() => spawn(process.execPath, ['--conditions=countersign', script, path, '500', key]))
  await Promise.all(processes.map((child) => once(child.stdout, 'readable')))
  for (const child of processes) child.stdin.write('go\n')
  const total: Record<string, number> = {}
  for (const counts of await Promise.all(processes.map(outcomesOf))) {
    for (const [outcome, count] of Object.entries(counts)) total[outcome] = (total[outcome] ?? 0) + count
  }
  return total
}

const outcomesOf = async (child: ChildProcessWithoutNullStreams): Promise<Record<string, number>> => {
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  assert.equal(complaints, '')
  return JSON.parse(output.split('\n')[1] ?? '')
}

describe('two processes on one file', () => {
  it('N-053 exactly one of 1,000 parallel refreshes wins, and no lock shows', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const store = await openStore({ path })
    await withSession(store)
    assert.deepEqual(await race(path, ''), { 'rotated 1': 1, reused: 1, inactive: 998 })
    assert.notEqual((await store.authorizations.find(idOf(1)))?.authorization.revokedAt, undefined)
    const { authorization_rotated, authorization_reused } = await trail(store)
    assert.deepEqual([authorization_rotated, authorization_reused], [1, 1])
    await store.close()
  })

  it('1,000 parallel refreshes with one key all get the one successor', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const store = await openStore({ path })
    await withSession(store)
    assert.deepEqual(await race(path, 'one key of both'), { 'rotated 1': 1, 'replayed 1': 999 })
    assert.equal((await store.authorizations.find(idOf(1)))?.authorization.generation, 1)
    assert.equal((await trail(store)).authorization_rotated, 1)
    await store.close()
  })
})
