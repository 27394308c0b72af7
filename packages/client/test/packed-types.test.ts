// The types of the packed client, as a stranger's compiler and editor see them.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installPackedClient } from './packed-client.ts'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const requireHere = createRequire(join(home, 'package.json'))
const ts = createRequire(join(home, '../../package.json'))('typescript') as typeof import('typescript')
/** As `pnpm campaign types` runs it. */
const whole = process.env.COUNTERSIGN_WHOLE === 'types'

interface Compiler {
  readonly tsc: string
  readonly resolutions: readonly (keyof typeof resolutions)[]
  /** Those of CI: each of the four with one of the versions. */
  readonly inCi: readonly (keyof typeof resolutions)[]
}

/** Each with the resolutions that it has. TypeScript 6 warns of `node10` unless told not to, and 7 does not have it. */
const compilers: Readonly<Record<string, Compiler>> = {
  '5.1': { tsc: compiler('typescript-oldest'), resolutions: ['nodenext', 'commonjs', 'node10'], inCi: ['node10'] },
  '5.9': {
    tsc: compiler('typescript'),
    resolutions: ['nodenext', 'commonjs', 'bundler', 'node10'],
    inCi: ['commonjs'],
  },
  '6.0': { tsc: compiler('typescript-6'), resolutions: ['nodenext', 'node10'], inCi: [] },
  '7.0': {
    tsc: compiler('typescript-7'),
    resolutions: ['nodenext', 'commonjs', 'bundler'],
    inCi: ['nodenext', 'bundler'],
  },
}

function compiler(name: string): string {
  return join(dirname(requireHere.resolve(`${name}/package.json`)), 'bin/tsc')
}

const program = `
import { type Client, type ClientError, createClient, createTokens, memoryStore } from '@countersign/client'
import { paginate, passwordSession, type TokenChange, type Tokens, unwrap } from '@countersign/client'
import { cikitCode } from '@countersign/client/dialects'
import { fileStore } from '@countersign/client/node'
import { webStore } from '@countersign/client/web'
const auth = passwordSession({ username: 'ada', password: 'x', store: memoryStore() })
const client = createClient({ baseUrl: 'https://auth.example', auth })
export const name: Promise<string> = unwrap(client.GET('/v1/me')).then((me) => me.username)
export const waits = (error: ClientError) => (error.code === 'throttled' ? error.retryAfterSeconds : undefined)
export const shared = passwordSession({ username: 'ada', password: 'x', store: fileStore('session') })
export const inTabs = cikitCode({ username: 'ada', code: () => '123456', store: webStore() })
interface OwnPaths {
  '/orders': { get: { responses: { 200: { content: { 'application/json': { id: string }[] } } } } }
}
export const tokens: Tokens = createTokens({ issuer: 'https://auth.example', auth, resource: 'https://orders.example' })
export const given: Client | ReturnType<typeof createClient> = client
export async function ownCalls() {
  const stop: () => void = tokens.on('change', ({ kind }: TokenChange) => console.log(kind))
  const sameAsFetch: typeof fetch = tokens.fetch
  const own = createClient<OwnPaths>({ baseUrl: 'https://orders.example', auth: tokens })
  const ids: string[] | undefined = (await own.GET('/orders')).data?.map(({ id }) => id)
  // @ts-expect-error The API has no such path.
  await own.GET('/v1/me')
  // @ts-expect-error There is no such event.
  tokens.on('changed', stop)
  return [ids, sameAsFetch, (await tokens.get({ resource: 'https://orders.example' })).reveal()]
}
export async function calls() {
  const { data, error } = await client.GET('/v1/authorizations', { params: { query: { limit: 3 } } })
  const body = { current_password: 'x', new_password: 'y' }
  const changed = await client.PUT('/v1/me/password', { body: { current_password: 'x', new_password: 'y' } })
  const text: string | undefined = (await client.GET('/v1/me', { parseAs: 'text' })).data
  await client.DELETE('/v1/authorizations/{id}', { params: { path: { id: 'x' } } })
  // @ts-expect-error The contract has no such path.
  await client.GET('/v1/nothing')
  // @ts-expect-error The contract asks for a new password.
  await client.PUT('/v1/me/password', { body: { current_password: 'x' } })
  for await (const user of paginate(client, '/v1/users', { query: { limit: 3 } })) console.log(user.username satisfies string)
  // @ts-expect-error This operation does not list.
  paginate(client, '/v1/me')
  return data ? [data.authorizations[0]?.expires_at] : [error.code, text, body, changed.response.status]
}
`

const resolutions = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  /** As from a package that is not of ES modules. */
  commonjs: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  node10: { module: 'commonjs', moduleResolution: 'node10' },
}
const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  allowUnreachableCode: false,
  isolatedModules: true,
  noEmit: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2022', 'dom'],
  types: [],
}

describe('the types of the packed client', { timeout: 240_000 }, () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-types-'))
    await installPackedClient(folder)
    for (const name of ['program.ts', 'program.cts']) await writeFile(join(folder, name), program)
  }, 240_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const kinds = Object.entries(compilers).flatMap(([version, { tsc, resolutions, inCi }]) =>
    (whole ? resolutions : inCi).map((resolution) => [version, resolution, tsc] as const),
  )
  it.each(kinds)('compile in the strictest settings: TypeScript %s, %s', async (version, resolution, tsc) => {
    const config = join(folder, `${version}-${resolution}.json`)
    const file = resolution === 'commonjs' ? 'program.cts' : 'program.ts'
    const quiet = version === '6.0' && resolution === 'node10' ? { ignoreDeprecations: '6.0' } : {}
    const compilerOptions = { ...strict, ...resolutions[resolution], ...quiet }
    await writeFile(config, JSON.stringify({ compilerOptions, files: [file] }))
    const told = await run(process.execPath, [tsc, '-p', config]).then(
      () => '',
      (error) => String(error.stdout) + String(error.stderr),
    )
    expect(told).toBe('')
  })

  it('let a program run that was compiled to CommonJS with the resolution node10', async () => {
    const source = `import { memoryStore } from '@countersign/client'
import { webStore } from '@countersign/client/web'
console.log(typeof memoryStore().read, typeof webStore().read)
`
    await writeFile(join(folder, 'run.cts'), source)
    const compilerOptions = { ...strict, ...resolutions.node10, noEmit: false }
    await writeFile(join(folder, 'run.json'), JSON.stringify({ compilerOptions, files: ['run.cts'] }))
    await run(process.execPath, [compiler('typescript'), '-p', join(folder, 'run.json')])
    const { stdout } = await run(process.execPath, ['run.cjs'], { cwd: folder })
    expect(stdout).toBe('function function\n')
  })

  it('are of the TypeScript versions that the README names', async () => {
    const readme = await readFile(join(home, 'README.md'), 'utf8')
    const named = Object.keys(compilers)
    const versions = Object.values(compilers).map(async ({ tsc }) => (await run(process.execPath, [tsc, '-v'])).stdout)
    for (const [index, version] of (await Promise.all(versions)).entries()) {
      expect(version).toMatch(new RegExp(`^Version ${named[index]}\\.`))
    }
    expect(readme).toContain(`TypeScript ${named[0]} and later`)
    expect(readme).toContain(named.join(', ').replace(/, (?=[^,]+$)/, ' and '))
  })

  it('show the words of the contract on what is sent and on what comes back', () => {
    const file = join(folder, 'program.ts')
    const options = { ...strict, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], target: ts.ScriptTarget.ES2022 }
    const service = ts.createLanguageService({
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot: (name) => {
        const text = ts.sys.readFile(name)
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
      },
      getCurrentDirectory: () => folder,
      getCompilationSettings: () => ({
        ...options,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
      }),
      getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
    })
    const hover = (word: string): string => {
      const info = service.getQuickInfoAtPosition(file, program.indexOf(word))
      const tags = (info?.tags ?? []).filter(({ name }) => name === 'description')
      return [
        ...tags.map(({ text }) => ts.displayPartsToString(text)),
        ts.displayPartsToString(info?.documentation),
      ].join()
    }
    const words = ["current_password: 'x', new_password: 'y' } })", "new_password: 'y' } })", 'limit: 3', "id: 'x'"]
    for (const word of [...words, 'username)', 'expires_at', 'authorizations[0]', 'GET(', 'retryAfterSeconds ']) {
      expect(hover(word), word).toMatch(/\w{3}/)
    }
  })

  it('leave no operation, no parameter and no member without words', async () => {
    const name = 'node_modules/@countersign/client/dist/transport/contract.d.ts'
    const source = ts.createSourceFile(name, await readFile(join(folder, name), 'utf8'), ts.ScriptTarget.Latest, true)
    type Node = import('typescript').Node
    const membersOf = (node: Node): import('typescript').PropertySignature[] =>
      node.getChildren().flatMap((child) => (ts.isPropertySignature(child) ? [child] : membersOf(child)))
    const named = (node: Node | undefined, name: string) =>
      (node ? membersOf(node) : []).find((member) => member.name.getText() === name)
    const allOf = (node: Node): import('typescript').PropertySignature[] =>
      membersOf(node).flatMap((member) => [member, ...allOf(member)])
    const interfaceOf = (wanted: string) =>
      source.statements.filter(ts.isInterfaceDeclaration).find((statement) => statement.name.text === wanted)
    const schemas = membersOf(named(interfaceOf('components'), 'schemas') as Node)
    const operations = membersOf(interfaceOf('operations') as Node)
    const parameters = operations.flatMap((operation) =>
      membersOf(named(operation, 'parameters') as Node).flatMap((place) => membersOf(place)),
    )
    expect([schemas.length, operations.length, parameters.length].every((count) => count > 50)).toBe(true)
    const told = [...operations, ...parameters, ...schemas.flatMap(allOf)]
    const bare = told.filter((member) => ts.getJSDocCommentsAndTags(member).length === 0)
    expect(bare.map((member) => member.getText())).toEqual([])
  })
})

describe('the package', () => {
  it('publishes what it exports in the workspace, but for the sources', async () => {
    const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'))
    const published = Object.entries(manifest.exports).map(([name, target]) => {
      if (typeof target === 'string') return [name, target]
      const { countersign: _, ...conditions } = target as Record<string, string>
      return [name, conditions]
    })
    expect(manifest.publishConfig.exports).toEqual(Object.fromEntries(published))
    expect(manifest.exports['./package.json']).toBe('./package.json')
    const { default: module, require, types } = manifest.exports['.']
    expect([manifest.main, manifest.module, manifest.types]).toEqual([require.default, module, types])
    // For TypeScript's `node10` resolution, which does not read the exports.
    const entries = Object.keys(manifest.exports).filter((name) => /^\.\/\w+$/.test(name))
    const typesOf = (name: string) => [name.slice(2), [manifest.exports[name].types]]
    expect(manifest.typesVersions['*']).toEqual(Object.fromEntries(entries.map(typesOf)))
  })

  it('has a README whose links lead somewhere from wherever it is shown', async () => {
    const readme = await readFile(join(home, 'README.md'), 'utf8')
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target)
    expect(links.length).toBeGreaterThan(0)
    expect(links.filter((target) => !/^(https:\/\/|#)/.test(target))).toEqual([])
  })
})
