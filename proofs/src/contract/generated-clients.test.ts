// What other people's generators make of the contract: whether it compiles, and whether it works.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { type RecordedServer, startRecordedServer } from '@countersign/server/testing/contract'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'

const repository = resolve(import.meta.dirname, '../../..')
const contract = join(repository, 'spec/gen/openapi.json')
const programs = join(import.meta.dirname, 'generated-clients')
/** What `pnpm generate` fetches, and compares with the hash that is pinned. */
const jar = join(repository, '.cache/openapi-generator/7.24.0.jar')
/** A test downloads nothing: what is needed besides, `.ci/run` has put there. */
const environment = {
  PYTHONPATH: [join(repository, '.cache/generated-clients/python'), process.env.PYTHONPATH ?? ''].join(delimiter),
  GOFLAGS: '-mod=readonly -buildvcs=false',
  GOPROXY: 'off',
  GOTOOLCHAIN: 'local',
}
const minutes = 60_000

/** Runs a program to its end. @returns What it printed. @throws Error with what it complained of. */
function runProgram(program: string, args: readonly string[], cwd: string, input = ''): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...environment } })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.on('error', fail)
    child.on('close', (status) =>
      status === 0 ? done(out) : fail(new Error(`${program} ended with ${status}\n${err}${out}`)),
    )
    child.stdin.end(input)
  })
}

const succeeds = (program: string, args: readonly string[], cwd = programs): Promise<boolean> =>
  runProgram(program, args, cwd).then(
    () => true,
    () => false,
  )

/** Skips the test, and says why, where something is not on this machine. */
async function need(context: TestContext, what: string, there: boolean | Promise<boolean>): Promise<void> {
  if (!(await there)) context.skip(`no ${what} here`)
}

/** What openapi-generator makes, and with which properties. */
const generators = {
  python: { packageName: 'generated' },
  // Two of the contract's enums share members.
  go: { packageName: 'generated', withGoMod: 'false', enumClassPrefix: 'true' },
  java: {
    library: 'native',
    openApiNullable: 'false',
    invokerPackage: 'generated',
    apiPackage: 'generated.api',
    modelPackage: 'generated.model',
  },
  csharp: { packageName: 'Generated' },
}

/** Neither documents nor tests. */
const parts = {
  apis: '',
  models: '',
  supportingFiles: '',
  apiDocs: 'false',
  modelDocs: 'false',
  apiTests: 'false',
  modelTests: 'false',
}

/** All of them in one process: it takes longer to start than to generate. */
async function generateAll(): Promise<void> {
  const configs = Object.entries(generators).map(([generatorName, additionalProperties]) => {
    const config = join(folder, `${generatorName}.json`)
    const outputDir = join(folder, generatorName)
    const given = { generatorName, inputSpec: contract, outputDir, globalProperties: parts, additionalProperties }
    writeFileSync(config, JSON.stringify(given))
    return config
  })
  await runProgram('java', ['-XX:TieredStopAtLevel=1', '-jar', jar, 'batch', '--fail-fast', ...configs], folder)
}

/** @returns Where what openapi-generator made is. */
async function generated(context: TestContext, name: keyof typeof generators): Promise<string> {
  await need(context, 'Java with the generator that `pnpm generate` fetches', generatorIsHere)
  return join(folder, name)
}

/** In 2039: times have more than 31 bits. */
const now = 2_200_000_000_000
const longest = 3_153_600_000
const password = 'a quiet lighthouse keeps its own hours'

const generatorIsHere = existsSync(jar) && (await succeeds('java', ['-version']))
let folder: string
let server: RecordedServer
let owner: string
let software: { readonly id: string; readonly secret: string }
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'generated-clients-'))
  server = await startRecordedServer({ time: { wall: () => now, monotonic: () => performance.now() } })
  owner = (await server.user('ada', 'owner', password)).id
  const { client, secret } = await server.client({ audience: [server.issuer] })
  software = { id: client.id, secret }
  if (generatorIsHere) await generateAll()
}, 4 * minutes)
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const patternsIn = (node: unknown): readonly string[] => {
  if (typeof node !== 'object' || node === null) return []
  const own = 'pattern' in node && typeof node.pattern === 'string' ? [node.pattern] : []
  return [...own, ...Object.values(node).flatMap(patternsIn)]
}
const patterns = [...new Set(patternsIn(JSON.parse(readFileSync(contract, 'utf8'))))]

/** What each program is told, and what it has to find out. */
const told = () =>
  JSON.stringify({
    url: server.running.url,
    username: 'ada',
    password,
    client: software.id,
    secret: software.secret,
    lifetime: longest,
    patterns,
  })
const found = () => ({
  me: 'ada',
  secretEnds: now / 1000 + longest,
  active: true,
  subject: owner,
  ends: now / 1000 + 600,
  role: 'owner',
  ended: false,
  refused: 'token_invalid',
})

it('the contract has patterns, and each compiles in JavaScript without flags', () => {
  expect(patterns.length).toBeGreaterThan(15)
  for (const pattern of patterns) expect(() => new RegExp(pattern)).not.toThrow()
})

describe('a client that openapi-generator makes compiles every pattern, logs in, calls, refreshes, introspects and logs out', () => {
  it('in Python', { timeout: 4 * minutes }, async (context) => {
    const modules = 'pydantic, urllib3, dateutil'
    await need(context, `python3 with ${modules}`, succeeds('python3', ['-c', `import ${modules}`]))
    const output = await generated(context, 'python')
    cpSync(join(programs, 'client.py'), join(output, 'client.py'))
    expect(JSON.parse(await runProgram('python3', ['client.py'], output, told()))).toEqual(found())
  })

  it('in Go', { timeout: 4 * minutes }, async (context) => {
    await need(context, 'Go 1.23 with the module validator.v2', succeeds('go', ['mod', 'download']))
    const output = await generated(context, 'go')
    const home = join(folder, 'go-program')
    mkdirSync(home)
    for (const file of ['client.go', 'go.mod', 'go.sum']) cpSync(join(programs, file), join(home, file))
    cpSync(output, join(home, 'generated'), { recursive: true, filter: (file) => !/\/test$/.test(file) })
    await runProgram('go', ['build', '-o', 'client', '.'], home)
    expect(JSON.parse(await runProgram(join(home, 'client'), [], home, told()))).toEqual(found())
  })

  it('in Java', { timeout: 4 * minutes }, async (context) => {
    await need(context, 'javac', succeeds('javac', ['-version']))
    const output = await generated(context, 'java')
    const sources = [...globSync(join(output, 'src/main/**/*.java')), ...globSync(join(programs, '**/*.java'))]
    // Jackson and the rest of what the client needs are in the generator's own JAR.
    const options = ['-J-XX:TieredStopAtLevel=1', '-proc:none', '-nowarn', '-d', 'classes', '-cp', jar]
    await runProgram('javac', [...options, ...sources], output)
    const path = ['classes', jar].join(delimiter)
    expect(JSON.parse(await runProgram('java', ['-cp', path, 'Client'], output, told()))).toEqual(found())
  })
})

describe('the contract is understood', () => {
  it('by openapi-generator, for C#', { timeout: 4 * minutes }, async (context) => {
    const output = await generated(context, 'csharp')
    expect(globSync(join(output, 'src/Generated/Api/*.cs')).length).toBeGreaterThan(15)
    const introspection = readFileSync(join(output, 'src/Generated/Model/Introspection.cs'), 'utf8')
    expect(introspection).toMatch(/public long\?? Exp /)
  })

  it('by openapi-python-client', { timeout: 4 * minutes }, async (context) => {
    const tool = ['-m', 'openapi_python_client']
    await need(context, 'openapi-python-client', succeeds('python3', [...tool, '--version']))
    const output = join(folder, 'openapi-python-client')
    await runProgram('python3', [...tool, 'generate', '--path', contract, '--output-path', output], folder)
    const answers = [{ active: true, client_id: 'a', iss: 'b', sub: 'c', iat: 1, role: 'viewer' }, { active: false }]
    cpSync(join(programs, 'every_module.py'), join(output, 'every_module.py'))
    const seen = await runProgram('python3', ['every_module.py'], output, JSON.stringify({ contract, answers }))
    expect(JSON.parse(seen)).toEqual({ modules: expect.any(Number), read: answers })
  })

  it('by oapi-codegen', { timeout: 4 * minutes }, async (context) => {
    await need(context, 'oapi-codegen', succeeds('oapi-codegen', ['-version']))
    const output = join(folder, 'oapi-codegen.go')
    // A schema is called Client.
    const naming = { 'client-type-name': 'Caller' }
    const config = { package: 'generated', output, generate: { models: true, client: true }, 'output-options': naming }
    writeFileSync(join(folder, 'oapi-codegen.json'), JSON.stringify(config))
    await runProgram('oapi-codegen', ['-config', 'oapi-codegen.json', contract], folder)
    expect(readFileSync(output, 'utf8')).toContain('type Introspection struct')
  })
})
