// A file system on which no record can be kept, as the kernel tells a process of its own.

import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTestServer, type TestServer, testClock } from '@countersign/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

const password = 'correct horse battery staple'

const run = promisify(execFile)
const program = fileURLToPath(new URL('one-call.ts', import.meta.url))
const accessSeconds = 601

/** Why calls of the kernel cannot be made to fail here. `undefined`: they can. */
function whyNotTraced(): string | undefined {
  const tried = spawnSync('strace', ['-f', '-e', 'trace=none', '-o', '/dev/null', process.execPath, '-e', '0'])
  if (tried.error !== undefined) return 'no strace here'
  return tried.status === 0 ? undefined : 'strace may not trace here'
}

const whyNot = whyNotTraced()
const time = testClock()
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ clock: time, users: [{ username: 'owner', role: 'owner', password }] })
}, 60_000)
afterAll(() => server.close())

async function newSessionFolder(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'countersign-session-'))
  onTestFinished(() => rm(home, { recursive: true }))
  return join(home, 'session')
}

/** @param faults `CALLS:error=WORD`, as strace injects it; default none. */
async function call(session: string, faults?: string): Promise<object> {
  const command = [process.execPath, '--conditions=countersign', program, server.url, session, 'owner', password]
  const traced = [
    'strace',
    '-D',
    '-f',
    '-o',
    '/dev/null',
    '-e',
    `trace=${faults?.split(':')[0]}`,
    '-e',
    `inject=${faults}`,
  ]
  const [file = '', ...args] = faults === undefined ? command : [...traced, ...command]
  const { stdout } = await run(file, args, { env: { PATH: process.env.PATH } })
  return JSON.parse(stdout)
}

const faults = [
  ['has no hard links', 'link,linkat:error=EPERM', 'EPERM'],
  ['is full', 'fsync,fdatasync:error=ENOSPC', 'ENOSPC'],
  ['has faults', 'fsync,fdatasync:error=EIO', 'EIO'],
] as const

describe.each(faults)('a file system that %s', (_what, fault, reason) => {
  beforeEach((context) => {
    if (whyNot !== undefined) context.skip(whyNot)
  })

  it('is reported before a login, so that no orphaned session is left at the server', async () => {
    const session = await newSessionFolder()
    const before = await server.auditCounts()
    expect(await call(session, fault)).toEqual({ code: 'store_unusable', reason })
    expect(await server.auditCounts()).toEqual(before)
    expect(await readdir(session)).toEqual([])
  })

  it('is reported before a refresh token is spent, and the session continues when the fault is repaired', async () => {
    const session = await newSessionFolder()
    expect(await call(session)).toEqual({ username: 'owner' })
    time.advance(accessSeconds)
    const before = await server.auditCounts()
    expect(await call(session, fault)).toEqual({ code: 'store_unusable', reason })
    expect(await server.auditCounts()).toEqual(before)
    // Long after the retry window: whatever was spent meanwhile could not be spent again.
    time.advance(accessSeconds)
    expect(await call(session)).toEqual({ username: 'owner' })
    const after = await server.auditCounts()
    expect(after.authorization_rotated).toBe((before.authorization_rotated ?? 0) + 1)
    expect(after.authorization_created).toBe(before.authorization_created)
    expect(await readdir(session)).toEqual(['2.json'])
  })
})
