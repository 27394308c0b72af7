import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ServerRun } from '@countersign/server/testing/process'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { installedCommand, nodeFlags, repository, run } from './programs.ts'
import { difference, programsOf, type Snippet, snippetsOf } from './snippets.ts'

const patterns = ['*.md', 'docs/*.md', 'deploy/*.md', 'packages/*/README.md', 'examples/README.md']
const documents = globSync([...patterns, 'apps/server/src/dialects/*/README.md'], { cwd: repository }).sort()
const adaPassword = 'correct horse battery'

// Programs are started and packages packed here, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let server: ServerRun

beforeAll(async () => {
  server = await ServerRun.start({ flags: ['--log-level', 'info'] })
  const ada = ['create-user', '-u', 'ada', '-g', 'viewer', '--password-stdin']
  await server.json(ada, { stdin: `${adaPassword}\n` })
  // A refused request, for the log.
  expect((await fetch(`${server.url}/v1/me`)).status).toBe(401)
})
afterAll(() => server[Symbol.asyncDispose]())

/** What a document says of the usual port, it says of the test's server. */
const local = (text: string) =>
  text.replaceAll(/http:\/\/127\.0\.0\.1:4300|https:\/\/auth\.example\b(?!\.)/g, server.url)

const separator = '\u001e'

/** One shell for all blocks of a document, since a reader has one: what a block sets, the next may use. */
function script(snippets: readonly Snippet[]): string {
  const blocks = snippets.map(({ code, onEmptyData, onCopy, untilItServes }, index) => {
    const whole = untilItServes ? served(code) : code
    const body = onEmptyData
      ? onFolder(`empty-${index}`, whole)
      : onCopy
        ? onFolder(`copy-${index}`, copied(whole))
        : whole
    return `printf '${separator}'\n${body}\n`
  })
  return `set -euo pipefail\n${local(blocks.join(''))}`
}

const onFolder = (name: string, code: string): string =>
  `( DATA=$COUNTERSIGN_DATA; export COUNTERSIGN_DATA='${server.folder}/${name}'\n${code}\n)`

/** The folder of the server as it is now, its owner included. */
const copied = (code: string): string => `
  mkdir -m 700 "$COUNTERSIGN_DATA" && cp -p "$DATA/master.key" "$COUNTERSIGN_DATA"
  countersign backup --data "$DATA" "$COUNTERSIGN_DATA/copy" >/dev/null
  countersign restore --keep-credentials "$COUNTERSIGN_DATA/copy" >/dev/null
  ${code}`

/** A server, on any free port, to its first line and then to its end; its process group is its own, so that it is stopped. */
const served = (code: string): string => `
  export COUNTERSIGN_PORT=0
  set -m
  coproc SERVED { ${code}
  }
  exec 9<&"\${SERVED[0]}"
  SERVED_GROUP=$SERVED_PID
  read -r LISTENS <&9
  kill -TERM -- "-$SERVED_GROUP"
  cat <&9 >/dev/null
  [[ $LISTENS == 'Countersign listens on '* ]]`

const shown = documents
  .map((path) => ({ path, snippets: snippetsOf(readFileSync(join(repository, path), 'utf8')) }))
  .filter(({ snippets }) => snippets.length > 0)

describe.each(shown)('$path', ({ path, snippets }) => {
  const executed = snippets.filter(({ notExecuted }) => notExecuted === undefined)
  const shell = executed.filter(({ language }) => language === 'sh')
  const programs = executed.filter(({ language }) => language === 'ts')

  it('says why a block is not executed', () => {
    const why = snippets.flatMap(({ notExecuted }) => notExecuted ?? [])
    expect(why.every((reason) => reason.length > 10)).toBe(true)
    expect(executed.length + why.length).toBe(snippets.length)
  })

  // A document without commands or without programs has no test for them, rather than one that is skipped.
  const itIf = (some: readonly Snippet[]) => (some.length > 0 ? it : ignored)

  itIf(shell)('shows commands that work as printed', async () => {
    const places = { BACKUPS: join(server.folder, 'backups'), KEYS: join(server.folder, 'keys') }
    for (const place of Object.values(places)) mkdirSync(place, { recursive: true })
    const data = { COUNTERSIGN_DATA: server.data, COUNTERSIGN_LOG_LEVEL: 'warn' }
    const installed = {
      LOG: join(server.folder, 'server.log'),
      PATH: [installedCommand(server.folder), join(repository, 'node_modules/.bin'), process.env.PATH].join(':'),
    }
    writeFileSync(installed.LOG, server.program.log())
    const env = { PASSWORD: server.ownerPassword, ...data, ...places, ...installed }
    const { status, stdout, stderr } = await run('timeout', ['-k', '5', '150', 'bash', '-c', script(shell)], { env })
    expect(status, `${stderr}\n${stdout}`).toBe(0)
    const outputs = stdout.split(separator).slice(1)
    expect(outputs).toHaveLength(shell.length)
    for (const [index, snippet] of shell.entries()) {
      expect(misprint(outputs[index] ?? '', snippet), `line ${snippet.line}`).toBeUndefined()
    }
  })

  itIf(programs)('shows programs that compile and run', async () => {
    const folder = programsFolder(path)
    expect((await compiled()).filter((line) => line.startsWith(`${basename(folder)}/`))).toEqual([])
    for (const { line } of programsOf(programs)) {
      const file = join(folder, `line-${line}.ts`)
      const ended = await run(process.execPath, [...nodeFlags, file], {
        env: { PASSWORD: server.ownerPassword },
        cwd: folder,
      })
      expect(ended, file).toMatchObject({ status: 0, stderr: '' })
    }
  })
})

const programsFolder = (path: string): string => join(server.folder, 'programs', path.replaceAll(/\W/g, '-'))

let compilation: Promise<readonly string[]> | undefined

/** What the compiler says about the programs of all documents. It runs once. */
const compiled = (): Promise<readonly string[]> => {
  compilation ??= compile()
  return compilation
}

async function compile(): Promise<readonly string[]> {
  const root = join(server.folder, 'programs')
  installPackages(root)
  for (const { path, snippets } of shown) {
    const executed = snippets.filter(({ language, notExecuted }) => language === 'ts' && notExecuted === undefined)
    mkdirSync(programsFolder(path))
    for (const { line, code } of programsOf(executed)) {
      writeFileSync(join(programsFolder(path), `line-${line}.ts`), local(code))
    }
  }
  const { status, stdout, stderr } = await run(join(repository, 'node_modules/.bin/tsc'), ['-p', root], { cwd: root })
  const said = stdout.trimEnd().split('\n')
  if (status !== 0 && !said.every((line) => /^(\s|[\w-]+\/line-)/.test(line))) throw new Error(`${stdout}${stderr}`)
  return said
}

const ignored = (_title: string, _test: () => Promise<void>) => {}

/** Where a block printed something else than the document shows, if it shows anything. */
function misprint(output: string, { prints }: Snippet): string | undefined {
  if (!prints) return undefined
  const text = local(prints.text)
  return prints.language === 'json'
    ? difference(JSON.parse(output), JSON.parse(text))
    : difference(output.trim(), text.trim())
}

/** A folder in which a program finds our packages, and those of readers, by their names. */
function installPackages(folder: string): void {
  mkdirSync(join(folder, 'node_modules/@countersign'), { recursive: true })
  symlinkSync(join(repository, 'packages/client'), join(folder, 'node_modules/@countersign/client'))
  symlinkSync(join(repository, 'packages/testing'), join(folder, 'node_modules/@countersign/testing'))
  symlinkSync(join(repository, 'examples/node_modules/jose'), join(folder, 'node_modules/jose'))
  symlinkSync(join(repository, 'node_modules/@types'), join(folder, 'node_modules/@types'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = {
    noEmit: true,
    noUnusedLocals: false,
    customConditions: ['countersign'],
    allowImportingTsExtensions: true,
  }
  const base = join(repository, 'tsconfig.base.json')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: base, compilerOptions, include: ['*/*.ts'] }))
}

describe('the examiner of documents', () => {
  it('finds blocks, what they print, and why some are not executed', () => {
    const found = snippetsOf(
      [
        '```sh',
        'echo 1',
        '```',
        '',
        '```text',
        '1',
        '```',
        '<!-- not executed: it would not end -->',
        '```sh',
        'x',
        '```',
      ].join('\n'),
    )
    expect(found.map(({ code, line, notExecuted, prints }) => ({ code, line, notExecuted, prints }))).toEqual([
      { code: 'echo 1', line: 1, notExecuted: undefined, prints: { language: 'text', text: '1' } },
      { code: 'x', line: 9, notExecuted: 'it would not end', prints: undefined },
    ])
  })

  it('compares members, types and values, except text after an ellipsis and late dates', () => {
    expect(difference({ a: 'x-1', b: 600, c: 1_900_000_000 }, { a: 'x-…', b: 600, c: 1_800_000_000 })).toBeUndefined()
    expect(difference({ a: 1 }, { a: 2 })).toBe('/a: 1 is not 2')
    expect(difference({ a: 1, b: 1 }, { a: 1 })).toBe('/b: 1 is not undefined')
    expect(difference({ a: 'x' }, { a: 'y…' })).toBe('/a: x is not y…')
    expect(difference({ a: '1' }, { a: 1 })).toBe('/a: "1" is not 1')
  })
})
