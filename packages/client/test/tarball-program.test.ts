import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createClient, passwordSession, unwrap } from '@countersign/client'
import { AdvancedTime, ServerRun, startTestServer } from '@countersign/server/testing'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { env, installPackedClient } from './packed-client.ts'
import { executable } from './runtimes/executables.ts'

let folder: string
beforeEach(async ({ onTestFinished }) => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-tarball-'))
  // The last to happen: a server that is still on its way out writes what it did.
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

/** Speaks with the program: a line in, a line out. */
function conversation(program: ChildProcessWithoutNullStreams) {
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
  let complaint = ''
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const hear = async (): Promise<string> => {
    const line = await lines.next()
    return line.done ? `it ended: ${complaint}` : line.value
  }
  const call = (): Promise<string> => {
    program.stdin.write('\n')
    return hear()
  }
  return { hear, call, complaint: () => complaint }
}

it('a program of 20 lines with the packed client logs in, calls, survives an expiry and a restart of the server, and is refused after revocation', async () => {
  const installed = join(folder, 'program')
  await installPackedClient(installed)
  const packages = (await readdir(join(installed, 'node_modules'))).filter((name) => !name.startsWith('.'))
  expect(packages.toSorted()).toEqual(['@countersign'])
  const home = await realpath(join(installed, 'node_modules/@countersign/client'))
  expect(home).toBe(join(await realpath(installed), 'node_modules/@countersign/client'))

  const program = fileURLToPath(new URL('./tarball-program.mjs', import.meta.url))
  const source = await readFile(program, 'utf8')
  expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(20)
  await copyFile(program, join(installed, 'program.mjs'))

  const server = await ServerRun.start()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { url, data, port, ownerPassword: password } = server
  // The oldest that the package promises to run on, if there is one on this machine.
  const node = (await executable('node', /^v20\./)) ?? process.execPath
  const child = spawn(node, ['program.mjs', url, 'owner', password], { cwd: installed, env })
  onTestFinished(() => void child.kill())
  const { hear, call, complaint } = conversation(child)
  expect(await hear()).toMatch(/^Node v2[04]\./)
  expect(await call()).toBe('owner is owner')

  await server.stop()
  expect(await call()).toMatch(/^No complete answer from the server/)
  await server.serve()
  expect(await call()).toBe('owner is owner')
  await server.stop()

  // The same folder eleven minutes later: the access token has expired, the session has not.
  const later = await startTestServer({ data, port, time: new AdvancedTime(660) })
  onTestFinished(later.close)
  expect(await call()).toBe('owner is owner')
  expect(await later.auditCounts()).toMatchObject({ authorization_created: 1, authorization_rotated: 1 })

  const owner = createClient({ baseUrl: url, auth: passwordSession({ username: 'owner', password }) })
  const { authorizations } = await unwrap(owner.GET('/v1/authorizations'))
  const own = (await unwrap(owner.GET('/v1/sessions/current'))).id
  const [its] = authorizations.filter(({ id }) => id !== own)
  await unwrap(owner.DELETE('/v1/authorizations/{id}', { params: { path: { id: its?.id ?? '' } } }))
  expect(await call()).toMatch(/^The session is over \(grant_invalid\): .+\.$/)

  child.stdin.end()
  const [code] = await once(child, 'exit')
  expect({ code, complaint: complaint() }).toEqual({ code: 0, complaint: '' })
}, 240_000)
