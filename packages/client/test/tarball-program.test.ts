import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createClient, passwordSession, unwrap } from '@countersign/client'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { startServerInTime } from './server-in-time.ts'
import { startServerProcess } from './server-process.ts'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const tsc = createRequire(join(home, '../../package.json')).resolve('typescript/bin/tsc')
/** Without what the package manager that runs the tests tells its children, but for the way to a registry. */
const foreign = /^npm_(?!config_(registry|cache|userconfig)$)/i
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel', 'error']
/** What npm says when nobody answers, or when it may not ask. */
const unreachable = /\b(E?NOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|E?TIMEDOUT|ENOTCACHED)\b/

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-tarball-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Builds and packs the client in a copy, so that nobody finds the package without its `dist` meanwhile. */
async function pack(): Promise<string> {
  const copy = join(folder, 'package')
  await mkdir(copy)
  for (const name of ['package.json', 'README.md', 'LICENSE']) await copyFile(join(home, name), join(copy, name))
  await run(process.execPath, [tsc, '-p', join(home, 'tsconfig.build.json'), '--outDir', join(copy, 'dist')])
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, ...quiet], { cwd: copy, env })
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  return join(folder, tarball ?? 'nothing was packed')
}

/** @returns Why it could not be installed, where that is not the tarball's fault. */
async function install(tarball: string, into: string): Promise<string | undefined> {
  await mkdir(into)
  await writeFile(join(into, 'package.json'), '{"name":"program","private":true,"type":"module"}')
  const limits = ['--prefer-offline', '--fetch-retries', '1', '--fetch-timeout', '20000']
  try {
    await run('npm', ['install', tarball, ...limits, ...quiet], { cwd: into, env })
    return undefined
  } catch (error) {
    const { stderr } = error as { stderr?: unknown }
    const [reason] = unreachable.exec(String(stderr)) ?? []
    if (reason === undefined) throw error
    return `the registry cannot be reached (${reason})`
  }
}

/** A Node 20, the oldest that the package promises to run on, if there is one on this machine; else this Node. */
async function oldestNode(): Promise<{ readonly path: string; readonly version: string }> {
  const folders = ['/usr/local/bin', ...(process.env.PATH ?? '').split(delimiter)]
  for (const path of folders.map((name) => join(name, 'node'))) {
    const version = (await run(path, ['--version']).catch(() => undefined))?.stdout.trim()
    if (version?.startsWith('v20.')) return { path, version }
  }
  return { path: process.execPath, version: process.version }
}

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

it('a program with the packed client survives an expiry and restarts of the server, and is refused after a revocation', async ({
  skip,
}) => {
  const installed = join(folder, 'program')
  const reason = await install(await pack(), installed)
  skip(reason !== undefined, reason)
  const packages = (await readdir(join(installed, 'node_modules'))).filter((name) => !name.startsWith('.'))
  expect(packages.toSorted()).toEqual(['@countersign', 'openapi-fetch', 'openapi-typescript-helpers'])

  const program = fileURLToPath(new URL('./tarball-program.mjs', import.meta.url))
  const source = await readFile(program, 'utf8')
  expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(20)
  await copyFile(program, join(installed, 'program.mjs'))

  const data = join(folder, 'data')
  const first = await startServerProcess(data)
  onTestFinished(first.stop)
  const { url, port, ownerPassword: password = '' } = first
  const node = await oldestNode()
  const child = spawn(node.path, ['program.mjs', url, 'owner', password], { cwd: installed, env })
  onTestFinished(() => void child.kill())
  const { hear, call, complaint } = conversation(child)
  expect(await hear()).toBe(`Node ${node.version}`)
  expect(await call()).toBe('owner is owner')

  await first.stop()
  expect(await call()).toMatch(/^No complete answer from the server/)
  const second = await startServerProcess(data, port)
  onTestFinished(second.stop)
  expect(await call()).toBe('owner is owner')
  await second.stop()

  // The same folder eleven minutes later: the access token has expired, the session has not.
  const later = await startServerInTime(data, { port, aheadSeconds: 660 })
  onTestFinished(later.stop)
  expect(await call()).toBe('owner is owner')
  expect(await later.trail()).toMatchObject({ authorization_created: 1, authorization_rotated: 1 })

  const owner = createClient({ baseUrl: url, auth: passwordSession({ username: 'owner', password }) })
  const { authorizations } = await unwrap(owner.GET('/v1/authorizations'))
  const own = (await unwrap(owner.GET('/v1/sessions/current'))).id
  const [its] = authorizations.filter(({ id }) => id !== own)
  await unwrap(owner.DELETE('/v1/authorizations/{id}', { params: { path: { id: its?.id ?? '' } } }))
  expect(await call()).toBe('The session is over (grant_invalid)')

  child.stdin.end()
  const [code] = await once(child, 'exit')
  expect({ code, complaint: complaint() }).toEqual({ code: 0, complaint: '' })
}, 240_000)
