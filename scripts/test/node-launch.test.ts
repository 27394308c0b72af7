import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const repository = resolve(import.meta.dirname, '../..')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-node-'))
  mkdirSync(join(folder, 'node/bin'), { recursive: true })
  copyFileSync(join(repository, 'tools/node/launch.sh'), join(folder, 'node/launch.sh'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A program that answers as a Node.js of this version; without one, it cannot run on this machine. */
function node(path: string, version?: string): void {
  mkdirSync(join(folder, path), { recursive: true })
  const answers = `case $1 in -p) echo ${version} ;; --version) echo v${version} ;; *) echo "${path} $*" ;; esac`
  const text = version === undefined ? '#!/no/such/loader\n' : `#!/bin/sh\n${answers}\n`
  writeFileSync(join(folder, path, 'node'), text, { mode: 0o755 })
}

function launch(...path: string[]) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', [join(folder, 'node/launch.sh'), 'a b', 'c'], {
    env: { PATH: [...path.map((name) => join(folder, name)), toolFolder()].join(':') },
    encoding: 'utf8',
  })
  return { status, out: stdout.trim(), err: stderr.trim() }
}

/** `dirname`, and no Node.js. */
function toolFolder(): string {
  const tools = join(folder, 'tools')
  mkdirSync(tools, { recursive: true })
  writeFileSync(join(tools, 'dirname'), `#!/bin/sh\nexec /usr/bin/dirname "$@"\n`, { mode: 0o755 })
  return tools
}

describe('the Node.js of the workspace', () => {
  it('is the installed one, with every argument as it is', () => {
    node('node/bin', '24.21.0')
    node('path', '26.0.0')
    expect(launch('path')).toEqual({ status: 0, out: 'node/bin a b c', err: '' })
  })

  it('is the first of the PATH that is new enough, where the installed one cannot run or is not there', () => {
    node('old', '20.20.2')
    node('new', '24.0.0')
    node('newer', '26.1.0')
    expect(launch('old', 'nothing', 'new', 'newer').out).toBe('new a b c')
    node('node/bin')
    expect(launch('newer', 'old', 'new').out).toBe('newer a b c')
  })

  it('is not what leads back to itself', () => {
    node('app/node_modules/.bin', '24.0.0')
    expect(launch('app/node_modules/.bin').status).toBe(1)
  })

  it('is missing in one line that names musl and what there is', () => {
    node('node/bin')
    node('old', '20.20.2')
    const { status, out, err } = launch('old')
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toMatch(
      /^countersign: [^\n]* glibc 2\.28 [^\n]* musl [^\n]*Node\.js 24 or later on the PATH; [^\n]* is 20\.20\.2\.$/,
    )
  })

  it('is missing in one line that says which systems it comes for, where none was installed', () => {
    const { status, err } = launch()
    expect(status).toBe(1)
    expect(err).toMatch(
      /^countersign: [^\n]* is not there: it comes for Linux, [^\n]*Node\.js 24 or later on the PATH\.$/,
    )
  })
})

describe('what is installed', () => {
  const workspace = readFileSync(join(repository, 'pnpm-workspace.yaml'), 'utf8')
  const lockfile = readFileSync(join(repository, 'pnpm-lock.yaml'), 'utf8')

  it('N-551 has the integrity of its Node.js in the lockfile, of the version that the workspace names', () => {
    const own = JSON.parse(readFileSync(join(repository, 'tools/node/package.json'), 'utf8')) as {
      version: string
      optionalDependencies: Record<string, string>
    }
    const packages = Object.keys(own.optionalDependencies)
    expect(packages.length).toBeGreaterThan(1)
    for (const name of packages) {
      expect(workspace).toContain(`\n  ${name}: ${own.version}\n`)
      expect(lockfile).toMatch(new RegExp(`\\n  ${name}@${own.version}:\\n    resolution: \\{integrity: sha512-`))
    }
  })

  it('N-551 runs no script of a package that comes from a registry', () => {
    expect(workspace).toContain('\nonlyBuiltDependencies: []\n')
  })
})
