// The npm package of the server, installed without a network, in an environment that has nothing else.
import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  freePort,
  Program,
  runCommand,
  ServerRun,
  type ServerRunOptions,
  untilReady,
} from '../../src/testing/process/index.ts'
import { confine } from './confined.ts'
import { InstalledServer, root } from './installed-server.ts'
import { liveThrough, upgradeAndGoBack } from './life.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 })

const run = promisify(execFile)
const mebibyte = 1024 * 1024

let installed: InstalledServer
beforeAll(async () => {
  installed = await InstalledServer.make()
})
afterAll(() => installed[Symbol.dispose]())

/** Only what an operator's shell has, without a folder for what Node.js has compiled. */
const bare = () => ({ PATH: installed.path, NODE_DISABLE_COMPILE_CACHE: '1' })

async function serve(options: ServerRunOptions = {}): Promise<ServerRun> {
  const server = await ServerRun.start({ built: installed.command, env: bare(), folder: installed.folder, ...options })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

const command = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(words, { built: installed.command, env: { ...bare(), ...env } })

const login = (server: ServerRun, password = server.ownerPassword) =>
  fetch(`${server.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'owner', password }),
  })

describe('the installed package', () => {
  it('is small, alone, and runs nothing when it is installed', () => {
    const files = globSync('lib/node_modules/**/*', { cwd: installed.prefix })
      .map((name) => join(installed.prefix, name))
      .filter((path) => statSync(path).isFile())
    const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0)
    const packed = statSync(installed.tarball).size
    const mib = (count: number) => `${(count / mebibyte).toFixed(1)} MiB`
    console.log(`@countersign/server: ${mib(packed)} packed, ${mib(bytes)} installed, ${files.length} files`)
    expect(bytes).toBeLessThan(12 * mebibyte)
    expect(packed).toBeLessThan(3 * mebibyte)
    expect(files.filter((path) => !path.startsWith(installed.package))).toEqual([])
    for (const member of ['scripts', 'dependencies', 'devDependencies', 'private', 'gypfile']) {
      expect(installed.manifest).not.toHaveProperty(member)
    }
    expect(files.filter((path) => /\.(node|map|test\.js|ts)$/.test(path) && !path.endsWith('.d.ts'))).toEqual([])
  })

  it('tells its version', async () => {
    expect(await command(['--version'])).toEqual({ status: 0, out: `${installed.manifest.version}\n`, err: '' })
  })

  it('serves, is used, and stops', async () => {
    const server = await serve()
    expect((await login(server)).status).toBe(201)
    const { status, out } = await server.command(['doctor'])
    expect({ status, out }).toEqual({ status: 0, out: expect.stringContaining('ok') })
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
  })

  it('handles each request once, whether Express or node:http passes it on', async () => {
    const server = await serve({ flags: ['--log-level', 'info'] })
    const body = new URLSearchParams({ client_id: 'countersign', token: 'x' })
    const paths = ['/v1/me', '/oauth2/revoke', '/oauth2/introspect']
    for (const path of paths) await fetch(server.url + path, path === '/v1/me' ? {} : { method: 'POST', body })
    await server.end('SIGTERM')
    const logged = server.program.log()
    const times = (path: string) =>
      logged.split(`"event":"request"`).filter((line) => line.includes(`"${path}"`)).length
    expect(paths.map((path) => [path, times(path)])).toEqual(paths.map((path) => [path, 1]))
    expect(logged).not.toContain('binding_fault')
  })

  it('serves the same contract and documentation page as the workspace', async () => {
    const server = await serve()
    const text = async (path: string) => (await fetch(server.url + path)).text()
    const { info, paths } = JSON.parse(await text('/openapi.json'))
    const contract = JSON.parse(readFileSync(join(root, 'spec/gen/openapi.json'), 'utf8'))
    expect([info.version, Object.keys(paths)]).toEqual([contract.info.version, Object.keys(contract.paths)])
    const page = await text('/docs')
    const parts = [...page.matchAll(/(?:href|src)="(docs\/[^"]+)"/g)].map(([, path = '']) => path)
    expect(parts.length).toBe(4)
    for (const path of parts) {
      const answer = await fetch(`${server.url}/${path}`)
      expect([path, answer.status, (await answer.bytes()).length > 100]).toEqual([path, 200, true])
    }
  })

  it('is ready within a time that is printed, without anything that was compiled before', async () => {
    const run = await ServerRun.prepare({ built: installed.command, env: bare(), folder: installed.folder })
    onTestFinished(() => run[Symbol.asyncDispose]())
    const times: string[] = []
    for (const what of ['first start', 'second start', 'third start']) {
      const began = performance.now()
      await untilReady(run.launch(), run.endpoint)
      times.push(`${what} ${Math.round(performance.now() - began)} ms`)
      await run.end()
    }
    console.log(`installed, ready after: ${times.join(', ')}`)
    expect(times).toHaveLength(3)
  })
})

describe('the life of an installation', () => {
  it('is: people, a guarded page, another key, a backup under load, a lost folder, a restore', async () => {
    const server = await serve()
    await liveThrough(server, installed.folder)
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
  })

  it('is: an upgrade of an old folder, and the way back from a later version', async () => {
    const server = await ServerRun.prepare({ built: installed.command, env: bare(), folder: installed.folder })
    onTestFinished(() => server[Symbol.asyncDispose]())
    const fixture = readFileSync(join(root, 'apps/server/test/upgrade/schema-5/tokens.json'), 'utf8')
    await upgradeAndGoBack(server, 'schema-5', JSON.parse(fixture))
  })
})

describe('what is loaded on request', () => {
  it('is there: the list of known passwords', async () => {
    const data = join(installed.folder, 'passwords')
    const program = Program.start({
      arguments: [installed.command, 'create-user', '-u', 'owner', '-g', 'owner', '--password-stdin', '--data', data],
      environment: bare(),
      input: 'look at my horse my horse is amazing\n',
    })
    expect(await program.transcript).toMatchObject({ status: 1, err: expect.stringContaining('well_known') })
  })

  it('is there: the worker that checks a database which was not closed', async () => {
    const server = await serve()
    await server.end('SIGKILL')
    await server.serve()
    expect(server.program.log()).toContain('it is checked')
    expect((await login(server)).status).toBe(201)
  })

  it('is there: the certificate for a trial', async () => {
    const server = await serve({ flags: ['--tls-self-signed'] })
    expect(server.url).toMatch(/^https:/)
    const { stdout } = await run('curl', ['-sk', `${server.url}/readyz`])
    expect(stdout).toContain('ok')
  })

  it('is there: the client of a container engine', async () => {
    const flags = ['--droplet-driver', 'docker', '--docker-image', 'busybox', '--docker-socket', '/nonexistent/socket']
    const server = await serve({ flags })
    const { access_token: token } = (await (await login(server)).json()) as { access_token: string }
    const answer = await fetch(`${server.url}/v1/droplets`, { headers: { authorization: `Bearer ${token}` } })
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'driver_unavailable'])
  })
})

describe('an environment that permits little', () => {
  it('suffices: another user without a home, in a system that it cannot write', async ({ skip }) => {
    if (process.getuid?.() !== 0) return skip('only root can become another user')
    const canMount = await run('unshare', ['--mount', 'mount', '--make-rprivate', '/']).then(
      () => true,
      () => false,
    )
    if (!canMount) return skip('mounts cannot be separated here')
    const server = await serve({ built: confine(installed), data: '/mnt/of-nobody' })
    expect((await login(server)).status).toBe(201)
    const { status, out } = await server.command(['doctor'])
    expect({ status, out }).toEqual({ status: 0, out: expect.stringContaining('ok') })
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(server.program.log()).not.toMatch(/"level":"(warn|error)"/)
  })

  it('is refused with the option --frozen-intrinsics in one line', async () => {
    const words = ['serve', '--data', join(installed.folder, 'hardened'), '--port', '0']
    const { status, err } = await command(words, { NODE_OPTIONS: '--frozen-intrinsics', NODE_NO_WARNINGS: '1' })
    expect([status, err]).toEqual([
      1,
      expect.stringMatching(/^countersign: [^\n]* with --frozen-intrinsics, [^\n]*\n$/),
    ])
  })
})

describe('an older Node.js', () => {
  const old = join(root, '.cache/runtimes/node_modules/node20/bin/node')

  it('is refused in one line', async ({ skip }) => {
    if (!existsSync(old)) return skip(`there is no ${old}`)
    const file = join(installed.package, 'bin/countersign.js')
    const { stderr, code } = await run(old, [file, '--version'], { env: { PATH: '/nowhere' } }).catch(
      (failed) => failed,
    )
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^countersign: Node\.js 24 or later is needed, this is 20\.[^\n]*\n$/),
    ])
  })
})

describe('the library in the package', () => {
  const readme = readFileSync(join(root, 'apps/server/README.md'), 'utf8')
  const [, example = ''] = /<!-- executed by [^>]* -->\n```ts\n(.*?)```/s.exec(readme) ?? []

  it('does what its README shows, with types that need only those of Node.js', async () => {
    const folder = join(installed.folder, 'library')
    mkdirSync(folder)
    symlinkSync(join(installed.prefix, 'lib/node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'program.ts'), example)
    const compilerOptions = {
      ...{
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        noEmit: true,
      },
      ...{ module: 'nodenext', target: 'es2023', lib: ['es2024', 'esnext.disposable'] },
      ...{ types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    expect((await run(process.execPath, [tsc, '-p', folder]).catch((failed) => failed)).stdout).toBe('')

    await using program = Program.start({
      arguments: [join(folder, 'program.ts')],
      folder,
      environment: { ...bare(), NODE_NO_WARNINGS: '1' },
    })
    const [url = ''] = /^http.*/m.exec(await program.said((out) => out.includes('\n'))) ?? []
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })
})

describe('docs/install.md', () => {
  const page = readFileSync(join(root, 'docs/install.md'), 'utf8')
  const marked =
    /^<!-- executed by apps\/server\/test\/packed\/packed\.test\.ts(, until it serves)? -->\n```sh\n(.*?)^```$/gms
  const blocks = [...page.matchAll(marked)].map(([, serves, code = '']) => ({ serves: serves !== undefined, code }))

  it('does what it says about the package, from the installation to its removal', async () => {
    expect(blocks.length).toBe(6)
    const home = join(installed.folder, 'home')
    mkdirSync(home)
    symlinkSync(installed.tarball, join(home, 'countersign-server-0.0.0.tgz'))
    const untilItServes = (code: string) => `${code.trim()} > serve.log 2>&1 &
      until grep -q 'listens on' serve.log; do kill -0 $!; sleep 0.1; done`
    const script = blocks.map(({ serves, code }) => `${serves ? untilItServes(code) : code}\necho ---\n`).join('')
    const prefix = join(home, 'prefix')
    const ended = await run('bash', ['-c', `set -euo pipefail\ntrap 'kill $!' EXIT\n${script}`], {
      cwd: home,
      env: {
        HOME: home,
        // npm itself is that of the machine.
        PATH: `${join(prefix, 'bin')}:${join(installed.folder, 'bin')}:${process.env.PATH}`,
        NPM_CONFIG_PREFIX: prefix,
        COUNTERSIGN_PORT: `${await freePort()}`,
      },
    })
    const [version, created, served, commands, updated, removed] = ended.stdout.split('---\n')
    expect(version).toContain(`${installed.manifest.version}\n`)
    expect([created, served]).toEqual([expect.stringContaining('owner'), ''])
    expect(commands).toContain('Usage: countersign COMMAND')
    expect([updated, removed]).toEqual([
      expect.stringContaining('before-update.db'),
      expect.stringContaining('removed 1'),
    ])
    expect(existsSync(join(prefix, 'bin/countersign'))).toBe(false)
    expect(existsSync(join(home, 'countersign/countersign.db'))).toBe(true)
  })
})
