import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { breachesOf } from '../import-law/breaches.ts'
import { floorsOf, listOfFloors } from '../import-law/floors.ts'

const repository = resolve(import.meta.dirname, '../..')
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const packageOf = (name: string, exports: object) => JSON.stringify({ name: `@countersign/${name}`, exports })

/** A workspace of these files, and packages enough to import. */
function workspace(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'countersign-law-'))
  folders.push(root)
  const packages = {
    'packages/core/package.json': packageOf('core', {
      '.': { countersign: './src/index.ts' },
      './testing': { countersign: './src/testing/index.ts' },
    }),
    'packages/store/package.json': packageOf('store', { '.': { countersign: './src/index.ts' } }),
    'packages/client/package.json': packageOf('client', { '.': { countersign: './src/index.ts' } }),
    'apps/server/package.json': packageOf('server', { '.': { countersign: './src/index.ts' } }),
    'spec/package.json': packageOf('spec', { './openapi.json': './gen/openapi.json' }),
  }
  for (const [path, text] of Object.entries({ ...packages, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const breaches = (files: Record<string, string>) =>
  breachesOf(workspace(files)).map(({ path, fault }) => `${path}: ${fault}`)

/** One file that imports one module, by whatever syntax. */
const importing = (path: string, specifier: string) => breaches({ [path]: `import '${specifier}'\n` })

describe('the import law', () => {
  it('lets each package import what it may know', () => {
    const files = {
      'packages/core/src/index.ts': "import { hash } from 'node:crypto'\nexport { a } from './keys/a.ts'\n",
      'packages/store/src/index.ts': "import 'kysely'\nimport type { Clock } from '@countersign/core'\n",
      'apps/server/src/compose/authority.ts': "import { openStore } from '@countersign/store'\n",
      'apps/server/src/native/me.ts': "import '@countersign/core'\nimport '@countersign/spec/openapi.json'\n",
      'spec/compiler/compile.ts': "import 'express-openapi-validator/dist/x.js'\n",
      'proofs/src/a.test.ts':
        "import 'node:sqlite'\nimport '@countersign/core/testing'\nimport '@countersign/server'\n",
      'examples/client.ts': "import '@countersign/client'\nimport express from 'express'\n",
      'scripts/generate/contract.ts': "import '../../spec/bundler/join.ts'\n",
    }
    expect(breaches(files)).toEqual([])
  })

  it.each([
    ['packages/core/src/keys/a.ts', '@countersign/store', 'packages/core must not know it'],
    ['packages/core/src/keys/a.ts', 'node:fs', 'packages/core must not know it'],
    ['packages/core/src/keys/a.ts', 'node:http', 'packages/core must not know it'],
    ['packages/core/src/keys/a.ts', 'kysely', 'only the store knows SQL'],
    ['packages/store/src/engine/a.ts', '@countersign/server', 'packages/store must not know it'],
    ['packages/client/src/session/a.ts', '@countersign/core', 'packages/client must not know it'],
    ['packages/resources/src/droplets/a.ts', '@countersign/core', 'packages/resources must not know it'],
    ['apps/server/src/native/me.ts', '@countersign/client', 'apps/server must not know it'],
    ['apps/server/src/native/me.ts', '@countersign/store', 'the store is opened in one place'],
    ['apps/server/src/dialects/lyve/wire.ts', '@countersign/store', 'the store is opened in one place'],
    ['apps/server/src/dialects/lyve/wire.ts', '../manifold/wire.ts', 'dialects/manifold stands beside dialects/lyve'],
    ['apps/server/src/dialects/lyve/wire.ts', '../../compose/authority.ts', 'compose stands above dialects/lyve'],
    ['apps/server/src/pipeline/pipeline.ts', '../native/me.ts', 'native stands above pipeline'],
    ['apps/server/src/native/me.ts', 'express', 'only http/binding/express.ts knows Express'],
    ['apps/server/src/native/me.ts', 'express-openapi-validator', 'knows the validator'],
    ['apps/server/src/native/me.ts', 'node:sqlite', 'only the store knows SQL'],
    ['apps/server/src/pipeline/a.ts', '../../../../packages/core/src/index.ts', 'other packages are imported by name'],
    ['packages/store/src/engine/a.ts', '@countersign/core/src/index.ts', 'which is no public entry'],
    ['packages/store/src/engine/a.ts', '@countersign/core/testing', 'it is for tests'],
    ['packages/core/src/keys/a.ts', '../testing/fixed-clock.ts', 'what is for tests is not for the product'],
  ])('refuses %s importing %s', (path, specifier, fault) => {
    const found = importing(path, specifier)
    expect(found.length).toBe(1)
    expect(found[0]).toContain(`${path}: `)
    expect(found[0]).toContain(fault)
  })

  it('lets the server reach the store in the files that open it, and nowhere else', () => {
    const texts = [
      'const a = domain.store.users\n',
      'const { store } = authority\n',
      'const { store: s } = authority\n',
    ]
    for (const text of texts) {
      expect(breaches({ 'apps/server/src/native/a.ts': text }), text).toEqual([
        'apps/server/src/native/a.ts: reaches the store: it calls use cases',
      ])
      expect(breaches({ 'apps/server/src/compose/a.ts': text, 'apps/server/src/native/a.test.ts': text })).toEqual([])
    }
  })

  it('sees imports of every syntax', () => {
    const syntaxes = [
      "import type { A } from '@countersign/store'\n",
      "export { A } from '@countersign/store'\n",
      "export * from '@countersign/store'\n",
      "const a = await import('@countersign/store')\n",
      "type A = import('@countersign/store').A\n",
    ]
    for (const text of syntaxes) expect(breaches({ 'packages/core/src/keys/a.ts': text }), text).toHaveLength(1)
    expect(
      breaches({ 'packages/core/src/keys/a.ts': "// import '@countersign/store'\nconst a = `import 'x'`\n" }),
    ).toEqual([])
  })

  it('lets tests import testing entries, and the client of the server that they test', () => {
    expect(importing('packages/store/src/engine/a.test.ts', '@countersign/core/testing')).toEqual([])
    expect(importing('apps/server/src/pipeline/a.test.ts', '@countersign/client')).toEqual([])
    expect(importing('packages/core/src/keys/a.test.ts', '../testing/fixed-clock.ts')).toEqual([])
    expect(importing('packages/core/src/keys/a.test.ts', '@countersign/store')).toHaveLength(1)
  })

  it('lets the core take time, randomness and the process only through ports', () => {
    const texts = {
      'Date.now': 'const a = Date.now()\n',
      'new Date': 'const a = new Date()\n',
      'Math.random': 'const a = Math.random()\n',
      'process.env': 'const a = process.env.X\n',
      setTimeout: 'setTimeout(() => 1, 2)\n',
      randomBytes: "import { randomBytes as b } from 'node:crypto'\n",
      argon2: "import { argon2 } from 'node:crypto'\n",
    }
    for (const [name, text] of Object.entries(texts)) {
      expect(breaches({ 'packages/core/src/keys/a.ts': text })).toEqual([
        `packages/core/src/keys/a.ts: uses ${name}: it comes through a port`,
      ])
      expect(breaches({ 'apps/server/src/pipeline/a.ts': text, 'packages/core/src/keys/a.test.ts': text })).toEqual([])
    }
  })
})

describe('folders and files', () => {
  it('refuses default exports, but where a tool insists', () => {
    const forms = ['export default 1\n', 'export default function a() {}\n', 'const a = 1\nexport { a as default }\n']
    for (const text of forms) expect(breaches({ 'packages/core/src/keys/a.ts': text }), text).toHaveLength(1)
    expect(breaches({ 'vitest.config.ts': forms[0] ?? '', 'spec/lint/plugin.ts': forms[0] ?? '' })).toEqual([])
    expect(breaches({ 'packages/core/src/keys/a.ts': 'const text = "export default 1"\n' })).toEqual([])
  })

  it('refuses files that are too long, and lets tests and generated ones be longer', () => {
    const lines = (count: number) => 'x()\n'.repeat(count)
    expect(
      breaches({ 'packages/core/src/model/a.ts': lines(300), 'packages/core/src/keys/a.test.ts': lines(600) }),
    ).toEqual([])
    expect(breaches({ 'packages/core/src/keys/a.ts': lines(301) })).toEqual([
      'packages/core/src/keys/a.ts: has 301 lines: at most 300',
    ])
    expect(breaches({ 'packages/core/src/keys/a.test.ts': lines(601) })).toHaveLength(1)
    expect(breaches({ 'apps/server/src/generated/a.ts': lines(9000), 'spec/gen/types.ts': lines(9000) })).toEqual([])
  })

  it('refuses folders that hold too many files, tests not counted', () => {
    const files = (count: number, ending: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`packages/core/src/keys/f${n}${ending}`, '']))
    expect(breaches({ ...files(14, '.ts'), ...files(14, '.test.ts') })).toEqual([])
    expect(breaches(files(15, '.ts'))).toEqual(['packages/core/src/keys: holds 15 source files: at most 14'])
  })

  it('refuses folders deeper than three below src', () => {
    expect(breaches({ 'packages/core/src/keys/b/c/d.ts': '' })).toEqual([])
    expect(breaches({ 'packages/core/src/keys/b/c/d/e.ts': '' })).toEqual([
      'packages/core/src/keys/b/c/d/e.ts: lies 4 folders below src: at most 3',
    ])
  })

  it('refuses names that say nothing, and only those', () => {
    const empty = ['utils.ts', 'helpers.ts', 'common.ts', 'manager.ts', 'utils/a.ts', 'common/a.ts', 'helper.test.ts']
    for (const name of empty) expect(breaches({ [`packages/core/src/keys/${name}`]: '' }), name).toHaveLength(1)
    expect(
      breaches({ 'packages/core/src/keys/common-passwords.ts': '', 'packages/core/src/keys/uncommon.ts': '' }),
    ).toEqual([])
  })

  it("refuses barrels but a package's entries", () => {
    expect(breaches({ 'packages/core/src/index.ts': '', 'packages/core/src/testing/index.ts': '' })).toEqual([])
    expect(breaches({ 'packages/core/src/keys/index.ts': '' })).toEqual([
      "packages/core/src/keys/index.ts: is a barrel: only a package's entries are",
    ])
  })
})

describe('floors', () => {
  it('let a file import from below and from its own folder, and a test from anywhere', () => {
    const files = {
      'apps/server/src/compose/app.ts': "import '../native/me.ts'\nimport './a.ts'\nimport '../version.ts'\n",
      'apps/server/src/compose/a.ts': '',
      'apps/server/src/native/me.ts': "import '../pipeline/context.ts'\nimport './wire/wire.ts'\n",
      'apps/server/src/pipeline/context.ts': '',
      'apps/server/src/pipeline/context.test.ts': "import '../compose/app.ts'\n",
      'apps/server/src/dialects/lyve/wire.ts': "import '../kit/dialect.ts'\n",
      'apps/server/src/dialects/kit/dialect.ts': '',
    }
    expect(breaches(files)).toEqual([])
  })

  it('name every folder of their package', () => {
    expect(breaches({ 'apps/server/src/elsewhere/a.ts': '' })).toEqual([
      'apps/server/src/elsewhere/a.ts: lies in a folder that apps/server has no floor for',
    ])
  })

  it('name no folder that does not exist', () => {
    const named = Object.entries(floorsOf).flatMap(([folder, floors]) =>
      floors.flat().map((entry) => `${folder}/src/${entry.replace(/\/\*$/, '')}`),
    )
    expect(named.filter((path) => !existsSync(join(repository, path)))).toEqual([])
  })

  it('are shown in ARCHITECTURE.md', () => {
    expect(readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8')).toContain(listOfFloors())
  })
})

describe('imports in a circle', () => {
  it.each([
    ['of values', "import { b } from './b.ts'\nexport const a = () => b\n", "export { a as b } from './a.ts'\n"],
    ['of types', "import type { B } from './b.ts'\nexport type A = B | 1\n", "export type { A as B } from './a.ts'\n"],
  ])('%s are refused by the linter', (_what, a, b) => {
    const root = workspace({ 'packages/core/src/keys/a.ts': a, 'packages/core/src/keys/b.ts': b })
    copyFileSync(join(repository, 'biome.json'), join(root, 'biome.json'))
    const biome = join(repository, 'node_modules/.bin/biome')
    const { status, stderr } = spawnSync(biome, ['lint', '--vcs-enabled=false', '.'], { cwd: root, encoding: 'utf8' })
    expect([status, stderr]).toEqual([1, expect.stringContaining('This import is part of a cycle')])
  })
})

describe('pnpm imports', () => {
  const run = (...given: string[]) =>
    spawnSync(process.execPath, [join(repository, 'scripts/import-law.ts'), ...given], { encoding: 'utf8' })

  it('exits with 1 and one line for each breach', () => {
    const { status, stderr, stdout } = run(workspace({ 'packages/core/src/keys/utils.ts': "import 'node:fs'\n" }))
    expect(status).toBe(1)
    expect(stdout).toBe('2 breaches of the import law\n')
    expect(stderr.trimEnd().split('\n')).toEqual([
      'packages/core/src/keys/utils.ts: is named utils: say what it owns',
      'packages/core/src/keys/utils.ts: imports node:fs: packages/core must not know it',
    ])
  })

  it('exits with 0 where the law is kept', () => {
    const { status, stderr, stdout } = run(workspace({ 'packages/core/src/index.ts': 'export const a = 1\n' }))
    expect([status, stderr, stdout]).toEqual([0, '', 'the import law is kept\n'])
  })

  it('explains itself', () => {
    const { status, stdout } = run('--help')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^pnpm imports \[FOLDER\]\n/)
  })
})
