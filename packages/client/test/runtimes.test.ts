import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, passwordSession, unwrap } from '@countersign/client'
import { startTestServer, type TestServer, testClock } from '@countersign/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installPackedClient } from './packed-client.ts'
import { chromium, inPage } from './runtimes/chromium.ts'
import { commandLineRuntimes, jest } from './runtimes/command-line.ts'
import { writeCommonJs } from './runtimes/commonjs.ts'
import type { Place, Runtime } from './runtimes/runtime.ts'
import { workerd } from './runtimes/workerd.ts'
import { type Stage, startStage } from './stage.ts'

const password = 'correct horse battery staple'

const programs = ['life.mjs', 'main.mjs', 'worker.mjs']
/** A second longer than an access token lives. */
const sessionAccessSeconds = 601

let folder: string
const time = testClock()
let server: TestServer
let stage: Stage
let place: Place

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-runtimes-'))
  const program = join(folder, 'program')
  await installPackedClient(program)
  for (const name of programs) await copyFile(new URL(`./runtimes/${name}`, import.meta.url), join(program, name))
  await writeCommonJs(program)
  server = await startTestServer({ clock: time, users: [{ username: 'owner', role: 'owner', password }] })
  stage = await startStage(server.url, {
    '/stage/expire': (response) => {
      time.advance(sessionAccessSeconds)
      response.end()
    },
    '/stage/revoke': async (response) => {
      await revokeAll(server.url, password)
      response.end()
    },
  })
  place = { folder: program, baseUrl: stage.url, password }
}, 240_000)
afterAll(async () => {
  await stage?.close()
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

/** From a session of its own, which is the last to go. */
async function revokeAll(baseUrl: string, password: string): Promise<void> {
  const other = createClient({ baseUrl, auth: passwordSession({ username: 'owner', password }) })
  const { authorizations } = await unwrap(other.GET('/v1/authorizations'))
  for (const { id } of authorizations.filter(({ current }) => !current)) {
    await unwrap(other.DELETE('/v1/authorizations/{id}', { params: { path: { id } } }))
  }
  await other.signOut()
}

const over = ['session_expired', 'grant_invalid']
const life = {
  public: 200,
  together: ['owner', 'owner', 'owner'],
  expired: ['owner', 'owner', 'owner'],
  repeated: 'of a runtime: 204',
  redirect: ['unexpected_response', 'redirects are not followed'],
  cut: ['transport_failed', expect.stringMatching(/^\w+$/)],
  page: ['unexpected_response', 'no JSON'],
  silence: ['transport_failed', 'timed_out'],
  aborted: 'RangeError: enough',
  left: 'signed out',
  revoked: [over, over],
}

describe('the packed client', { timeout: 120_000 }, () => {
  it.for<Runtime>([...commandLineRuntimes, jest, workerd, chromium])(
    'in $name logs in, outlives expiries, meets every fault as the documented error, and is refused after a revocation',
    async ({ name, install, find, live }, { skip }) => {
      const executable = await find()
      if (executable === undefined) return skip(`no ${name} here (${install})`)
      const before = await server.auditCounts()
      expect(await live(executable, place)).toEqual(life)
      const after = await server.auditCounts()
      const added = (action: string) => (after[action] ?? 0) - (before[action] ?? 0)
      // Two sessions, of which one was signed out of; two expiries, each with one refresh for all calls.
      expect(added('authorization_rotated')).toBe(2)
      expect(added('authorization_reused')).toBe(0)
    },
  )

  it('in a page needs no token source where the browser holds the session', async ({ skip }) => {
    const executable = await chromium.find()
    if (executable === undefined) return skip(`no Chromium here (${chromium.install})`)
    const told = await inPage(executable, place, 'liveOnCookie')
    const [before, begun, still, after] = [undefined, 'owner', 'owner', undefined]
    expect(told).toEqual({ before, begun, both: 200, still, after, cookies: '' })
  })
})
