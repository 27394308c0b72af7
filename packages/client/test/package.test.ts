import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const tsc = createRequire(join(home, '../../package.json')).resolve('typescript/bin/tsc')
const installed = 'node_modules/@countersign/client'

const consumer = `
import { createClient, memoryStore, passwordSession, unwrap, type ClientError } from '@countersign/client'
const store = memoryStore()
const auth = passwordSession({ username: 'ada', password: 'x', store })
const client = createClient({ baseUrl: 'https://auth.example', auth })
export const name: Promise<string> = unwrap(client.GET('/v1/me')).then((me) => me.username)
export const waits = (error: ClientError) => (error.code === 'throttled' ? error.retryAfterSeconds : undefined)
`

/** Several snippets become one program, which is compiled once. */
function withoutImports(program: string): string {
  return program.replace(/^import .*$/gm, '')
}

describe('the package', { timeout: 120_000 }, () => {
  let folder: string
  let files: string[]

  /** Installed as npm would. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-package-'))
    const dist = join(folder, installed, 'dist')
    await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', dist], { cwd: home })
    for (const step of ['carry-contract.ts', 'build-commonjs.ts']) {
      await run(process.execPath, [step, dist], { cwd: home })
    }
    const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'))
    expect(manifest).not.toHaveProperty('dependencies')
    await writeFile(join(folder, installed, 'package.json'), JSON.stringify(manifest))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    const entries = await readdir(join(folder, installed), { recursive: true, withFileTypes: true })
    files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(folder, installed), join(entry.parentPath, entry.name)))
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Compiles programs that use the package. */
  async function typecheck(name: string, programs: string | readonly string[], options: object): Promise<string> {
    const at = join(folder, name)
    await mkdir(at)
    for (const [index, program] of [programs].flat().entries()) await writeFile(join(at, `program${index}.ts`), program)
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      target: 'es2022',
      ...options,
    }
    await writeFile(join(at, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    return run(process.execPath, [tsc, '-p', at]).then(
      () => '',
      (error) => String(error.stdout),
    )
  }

  it('type-checks in a program for the web that knows nothing of Node', async () => {
    const options = { lib: ['es2022', 'dom'], types: [], module: 'esnext', moduleResolution: 'bundler' }
    expect(await typecheck('web', consumer, options)).toBe('')
  })

  it('type-checks in a program for Node', async () => {
    const program = `${consumer}
import { fileStore } from '@countersign/client/node'
export const shared = passwordSession({ username: 'ada', password: 'x', store: fileStore('session') })
`
    await mkdir(join(folder, 'node_modules/@types'), { recursive: true })
    const types = createRequire(join(home, '../../package.json')).resolve('@types/node/package.json')
    await symlink(dirname(types), join(folder, 'node_modules/@types/node'))
    const options = { lib: ['es2023'], types: ['node'], module: 'nodenext', skipLibCheck: true }
    expect(await typecheck('node', program, options)).toBe('')
  })

  it('does what its README shows', async () => {
    const readme = await readFile(join(home, 'README.md'), 'utf8')
    // The snippets for an API of your own are compiled and run by your-own-api.test.ts.
    const compiled = readme.replaceAll(/^<!-- executed by [^\n]+ -->\n```ts\n.+?^```/gms, '')
    const snippets = [...compiled.matchAll(/^```ts\n(.+?)^```/gms)].map(([, snippet = '']) => snippet)
    expect(snippets.length).toBeGreaterThanOrEqual(3)
    const given = "const client = createClient({ baseUrl: 'https://a.example' })"
    const programs = snippets.map((snippet) => (snippet.includes('const client') ? snippet : `${given}\n${snippet}`))
    const calls = programs.map(
      (program, index) => `export async function snippet${index}() {\n${withoutImports(program)}\n}`,
    )
    const names = 'createClient, isClientError, paginate, passwordSession, tokenExchange, unwrap'
    const imports = `import { ${names} } from '@countersign/client'`
    const node = "import { fileStore } from '@countersign/client/node'"
    const others =
      "import { webStore } from '@countersign/client/web'\nimport { cikitCode } from '@countersign/client/dialects'"
    const options = {
      lib: ['es2022', 'dom'],
      types: [],
      module: 'esnext',
      moduleResolution: 'bundler',
      skipLibCheck: true,
    }
    expect(await typecheck('readme', [imports, node, others, ...calls].join('\n'), options)).toBe('')
  })

  it('has an example at every public export, and each compiles', async () => {
    const examples = new Map<string, readonly string[]>()
    for (const file of await readdir(join(home, 'src'), { recursive: true })) {
      if (!file.endsWith('.ts') || /generated|testing|\.test/.test(file)) continue
      const source = await readFile(join(home, 'src', file), 'utf8')
      const documented =
        /^\/\*\*((?:(?!\*\/).)*?)\*\/\nexport (?:async )?(?:function\*?|class|interface|type|const) (\w+)/gms
      for (const [, comment = '', name = ''] of source.matchAll(documented)) {
        const text = comment.replaceAll(/^ \* ?/gm, '')
        examples.set(
          name,
          [...text.matchAll(/^@example\n```ts\n(.+?)^```/gms)].map(([, code = '']) => code),
        )
      }
    }
    const entries = await Promise.all(
      ['index', 'dialects', 'node/index', 'browser/index'].map((entry) =>
        readFile(join(home, `src/${entry}.ts`), 'utf8'),
      ),
    )
    const exported = [...entries.join('').matchAll(/^export (?:type )?{(.+?)} from '(.+?)'/gms)]
      .filter(([, , from]) => !/types|contract/.test(from ?? ''))
      .flatMap(([, names = '']) => [...names.matchAll(/(\w+)(?=\s*[,}\n]|\s*$)/g)].map(([, name = '']) => name))
    expect(exported.length).toBeGreaterThan(30)
    expect(exported.filter((name) => (examples.get(name) ?? []).length === 0)).toEqual([])
    const programs = exported.flatMap((name) => examples.get(name) ?? [])
    const options = { lib: ['es2022', 'dom'], types: [], module: 'esnext', moduleResolution: 'bundler' }
    expect(await typecheck('examples', programs, { ...options, skipLibCheck: true })).toBe('')
  })

  it.each([
    ['createClient', 'src/calls/client.ts', 'ClientOptions'],
    ['createTokens', 'src/tokens/tokens.ts', 'TokensOptions'],
    ['passwordSession', 'src/sources/password-session.ts', 'PasswordSessionOptions'],
    ['clientCredentials', 'src/sources/client-credentials.ts', 'ClientCredentialsOptions'],
    ['manifoldBasic', 'src/sources/manifold-basic.ts', 'ManifoldBasicOptions'],
    ['tokenExchange', 'src/sources/token-exchange.ts', 'TokenExchangeOptions'],
    ['cikitCode', 'src/sources/cikit-code.ts', 'CikitCodeOptions'],
    ['efaUser', 'src/sources/efa-user.ts', 'EfaUserOptions'],
    ['efaSystem', 'src/sources/efa-system.ts', 'EfaSystemOptions'],
    ['lyveAccessKey', 'src/sources/lyve-access-key.ts', 'LyveAccessKeyOptions'],
    ['insightToken', 'src/sources/insight-token.ts', 'InsightTokenOptions'],
    ['paginate', 'src/calls/paginate.ts', 'PaginateOptions<.+?>'],
  ])('tells every option of %s in its README, and no other', async (maker, file, name) => {
    const source = await readFile(join(home, file), 'utf8')
    const [, members = ''] = new RegExp(`^export interface ${name} {(.+?)^}`, 'ms').exec(source) ?? []
    const options = [...members.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option]) => option)
    expect(options.length).toBeGreaterThan(1)
    const readme = await readFile(join(home, 'README.md'), 'utf8')
    const [, rows = ''] =
      new RegExp(`^\`${maker}\\((?:client, path, )?options\\)\`:\n\n.+\n.+\n((?:\\|.+\n)+)`, 'm').exec(readme) ?? []
    const cells = rows.split('\n').map((row) => row.split('|')[1] ?? '')
    const told = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, option]) => option))
    expect(told.toSorted()).toEqual(options.toSorted())
  })

  it('runs without the sources', async () => {
    const program = "import('@countersign/client').then((c) => console.log(Object.keys(c).sort().join()))"
    const { stdout } = await run(process.execPath, ['-e', program], { cwd: folder })
    expect(stdout.trim().split(',')).toEqual(
      expect.arrayContaining(['clientCredentials', 'createClient', 'manifoldBasic', 'memoryStore', 'passwordSession']),
    )
  })

  it('has errors that a program recognizes, whichever of its two builds they come from', async () => {
    const program = `
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const told = {}
for (const [entry, makes] of Object.entries({
  '@countersign/client': {
    TransportError: ['timed_out'],
    ProblemError: ['throttled', { status: 429 }],
    UnexpectedResponseError: [200, 'no JSON'],
    SessionExpiredError: [],
    ForeignOriginError: ['https://a.example'],
  },
  '@countersign/client/node': { FileStoreError: ['x'] },
  '@countersign/client/web': { WebStoreError: ['no_indexeddb'] },
})) {
  const builds = [await import(entry), require(entry)]
  for (const [name, given] of Object.entries(makes)) {
    const [own, other] = builds.map((build) => build[name])
    const errors = [new own(...given), new other(...given)]
    class Mine extends own {}
    told[name] = {
      isOther: own !== other,
      recognized: [own, other].flatMap((type) => errors.map((error) => error instanceof type)),
      clientErrors: builds.flatMap(({ isClientError }) => (isClientError ? errors.map(isClientError) : [])),
      foreign: [new Error('x'), undefined, null, 'x', {}].map((value) => value instanceof own),
      subclass: [new Mine(...given) instanceof Mine, new Mine(...given) instanceof other, errors[0] instanceof Mine],
    }
  }
}
const [one, other] = [await import('@countersign/client'), require('@countersign/client')]
told.mixed = new one.ProblemError('throttled', { status: 429 }) instanceof other.TransportError
told.tokens = new one.Token('a').equals(new other.Token('a'))
console.log(JSON.stringify(told))
`
    await writeFile(join(folder, 'builds.mjs'), program)
    const { stdout } = await run(process.execPath, ['builds.mjs'], { cwd: folder })
    const { mixed, tokens, ...classes } = JSON.parse(stdout)
    const names = ['TransportError', 'ProblemError', 'UnexpectedResponseError', 'SessionExpiredError']
    for (const [name, told] of Object.entries(classes)) {
      const isOfCalls = names.includes(name)
      const clientErrors = isOfCalls ? Array(4).fill(true) : name === 'ForeignOriginError' ? Array(4).fill(false) : []
      expect(told, name).toEqual({
        isOther: true,
        recognized: Array(4).fill(true),
        clientErrors,
        foreign: Array(5).fill(false),
        subclass: [true, true, false],
      })
    }
    expect(Object.keys(classes)).toHaveLength(7)
    expect({ mixed, tokens }).toEqual({ mixed: false, tokens: true })
  })

  it('imports nothing of Node but in its /node entry', async () => {
    for (const file of files.filter((name) => name.endsWith('.js') && !/^dist\/(cjs\/)?node\//.test(name))) {
      const text = await readFile(join(folder, installed, file), 'utf8')
      const imports = [...text.matchAll(/^[^ /].*\b(?:from |require\()["']([^"']+)["']/gm)]
      for (const [, from = ''] of imports) expect(from, file).toMatch(/^\./)
    }
  })

  it('N-272 holds no test, no source map and no environment file', () => {
    expect(files).toContain('dist/index.js')
    expect(files).toContain('dist/node/index.d.ts')
    expect(
      files.filter((name) => !/^(package\.json|dist\/cjs\/package\.json|dist\/[a-z/-]+(\.d)?\.(js|ts))$/.test(name)),
    ).toEqual([])
    expect(files.filter((name) => /test|\.map$|\.env/.test(name))).toEqual([])
  })
})
