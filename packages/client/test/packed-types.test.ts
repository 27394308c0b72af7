// The types of the packed client, as a stranger's compiler and editor see them.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installPackedClient } from './packed-client.ts'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const requireHere = createRequire(join(home, 'package.json'))
const ts = createRequire(join(home, '../../package.json'))('typescript') as typeof import('typescript')
const compilers = {
  oldest: requireHere.resolve('typescript-oldest/bin/tsc'),
  current: createRequire(join(home, '../../package.json')).resolve('typescript/bin/tsc'),
}

const program = `
import { type ClientError, createClient, memoryStore, passwordSession, unwrap } from '@countersign/client'
import { fileStore } from '@countersign/client/node'
const auth = passwordSession({ username: 'ada', password: 'x', store: memoryStore() })
const client = createClient({ baseUrl: 'https://auth.example', auth })
export const name: Promise<string> = unwrap(client.GET('/v1/me')).then((me) => me.username)
export const waits = (error: ClientError) => (error.code === 'throttled' ? error.retryAfterSeconds : undefined)
export const shared = passwordSession({ username: 'ada', password: 'x', store: fileStore('session') })
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
  return data ? [data.authorizations[0]?.expires_at] : [error.code, text, body, changed.response.status]
}
`

const resolutions = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  node10: { module: 'esnext', moduleResolution: 'node10' },
}
const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022', 'dom'],
  types: [],
}

describe('the types of the packed client', { timeout: 240_000 }, () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-types-'))
    await installPackedClient(folder)
    await writeFile(join(folder, 'program.ts'), program)
  }, 240_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const kinds = Object.entries(compilers).flatMap(([age, tsc]) =>
    Object.entries(resolutions).map(([resolution, options]) => [age, resolution, tsc, options] as const),
  )
  it.each(kinds)(
    'compile without a library check left out: %s TypeScript, %s',
    async (age, resolution, tsc, options) => {
      const config = join(folder, `${age}-${resolution}.json`)
      await writeFile(config, JSON.stringify({ compilerOptions: { ...strict, ...options }, files: ['program.ts'] }))
      const told = await run(process.execPath, [tsc, '-p', config]).then(
        () => '',
        (error) => String(error.stdout),
      )
      expect(told).toBe('')
    },
  )

  it('are of the TypeScript versions that the README names', async () => {
    const readme = await readFile(join(home, 'README.md'), 'utf8')
    const versions = await Promise.all(
      Object.values(compilers).map(
        async (tsc) => (await run(process.execPath, [tsc, '-v'])).stdout.trim().split(' ')[1],
      ),
    )
    const [oldest = '', current = ''] = versions.map((version) => version?.replace(/\.\d+$/, ''))
    expect(readme).toContain(`TypeScript ${oldest} and later`)
    expect(readme).toContain(`${oldest} and ${current}`)
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
    expect([manifest.main, manifest.types]).toEqual([manifest.exports['.'].default, manifest.exports['.'].types])
  })

  it('has a README whose links lead somewhere from wherever it is shown', async () => {
    const readme = await readFile(join(home, 'README.md'), 'utf8')
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target)
    expect(links.length).toBeGreaterThan(0)
    expect(links.filter((target) => !/^(https:\/\/|#)/.test(target))).toEqual([])
  })
})
