// The file that is started, with a program in place of the built one that says what it was given.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

const source = resolve(import.meta.dirname, '../src/main.ts')

let folder: string
let program: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-program-'))
  const server = join(folder, 'apps/server')
  mkdirSync(join(server, 'dist'), { recursive: true })
  cpSync(resolve(import.meta.dirname, '../bin'), join(server, 'bin'), { recursive: true })
  writeFileSync(join(server, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(server, 'dist/program.js'),
    `console.log(JSON.stringify({
      pid: process.pid, version: process.versions.node, args: process.argv.slice(2), flags: process.execArgv,
      threshold: process.env.MALLOC_MMAP_THRESHOLD_, tunables: process.env.GLIBC_TUNABLES,
    }))
    process.exitCode = 3
    if (process.argv.includes('--wait')) {
      const timer = setInterval(() => {}, 1000)
      process.once('SIGTERM', () => { console.log('"stopped"'); clearInterval(timer) })
    }`,
  )
  program = join(server, 'bin/countersign.js')
})
afterEach(() => rmSync(folder, { recursive: true }))

interface Said {
  readonly pid: number
  readonly version: string
  readonly args: readonly string[]
  readonly flags: readonly string[]
  readonly threshold?: string
}

function start(flags: readonly string[], args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [...flags, program, ...args], { env: { PATH: '', ...env } })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return { child, out: () => out, err: () => err }
}

async function run(...given: Parameters<typeof start>) {
  const { child, out, err } = start(...given)
  const [status] = (await once(child, 'close')) as [number]
  return { pid: child.pid, status, err: err(), said: JSON.parse(out() || 'null') as Said | null }
}

/** Makes a new runtime say that it is an old one. */
const pretendOld = [
  '--import',
  `data:text/javascript,${encodeURIComponent("Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })")}`,
]

describe.skipIf(process.platform !== 'linux')('the memory of password hashes', () => {
  it('N-549 is given back by a server, which is the same process as before with the same arguments', async () => {
    const { pid, status, err, said } = await run(['--max-http-header-size=20000'], ['serve', '--port', '1'])
    expect({ status, err }).toEqual({ status: 3, err: '' })
    expect(said).toEqual({
      pid,
      version: process.versions.node,
      args: ['serve', '--port', '1'],
      flags: ['--max-semi-space-size=8', '--max-http-header-size=20000'],
      threshold: '1048576',
      tunables: 'glibc.malloc.hugetlb=1',
    })
  })

  it('and a small young generation, are left to options of Node.js that name one', async () => {
    const named = '--max-semi-space-size=32'
    expect((await run([named], ['serve'])).said?.flags).toEqual([named])
    expect((await run([], ['serve'], { NODE_OPTIONS: named })).said?.flags).toEqual([])
  })

  it('N-549 is left to an environment that says how, and to commands that end soon', async () => {
    expect((await run([], ['serve'], { MALLOC_ARENA_MAX: '2' })).said).not.toHaveProperty('threshold')
    expect((await run([], ['serve'], { MALLOC_MMAP_THRESHOLD_: '5' })).said?.threshold).toBe('5')
    const tunables = 'glibc.malloc.perturb=1'
    expect((await run([], ['serve'], { GLIBC_TUNABLES: tunables })).said).toMatchObject({ tunables })
    expect((await run([], ['doctor'])).said).not.toHaveProperty('threshold')
  })
})

describe.skipIf(process.platform !== 'linux')('twenty logins at once', () => {
  it('N-549 leave a server no larger, although each of four threads has made a hash of 19 MiB', async () => {
    writeFileSync(join(folder, 'apps/server/dist/program.js'), `import ${JSON.stringify(pathToFileURL(source).href)}`)
    const args = ['serve', '--port', '0', '--data', join(folder, 'data'), '--hash-concurrency', '4']
    const { child, out } = start(['--conditions=countersign'], args)
    onTestFinished(() => void child.kill('SIGKILL'))
    await expect.poll(out, { timeout: 60_000 }).toContain('listens on')
    const [, password] = /password: (\S+)$/m.exec(out()) ?? []
    const [, url] = /listens on (\S+)/.exec(out()) ?? []
    const login = async () => {
      const body = JSON.stringify({ username: 'owner', password })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/v1/sessions`, { method: 'POST', headers, body })
      await answer.text()
      return answer.status
    }
    expect(await login()).toBe(201)
    const before = anonymousMebibytes(child.pid)
    const statuses = await Promise.all(Array.from({ length: 20 }, login))
    expect(statuses).toEqual(statuses.map(() => 201))
    expect(anonymousMebibytes(child.pid) - before).toBeLessThan(32)
    child.kill('SIGTERM')
    const [status] = (await once(child, 'close')) as [number]
    expect(status).toBe(0)
  }, 120_000)
})

/** Memory of its own that a process holds, without its files. */
function anonymousMebibytes(pid: number | undefined): number {
  const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

describe('started by an old Node.js', () => {
  it('N-550 runs in a new one of the PATH, passes signals on, and ends as it ends', async () => {
    const { child, out } = start(pretendOld, ['doctor', '--wait'], { PATH: `/nowhere:${dirname(process.execPath)}` })
    await expect.poll(out, { timeout: 20_000 }).toContain('\n')
    const said = JSON.parse(out()) as Said
    expect(said).toMatchObject({ version: process.versions.node, args: ['doctor', '--wait'] })
    expect(said.pid).not.toBe(child.pid)
    child.kill('SIGTERM')
    const [status] = (await once(child, 'close')) as [number]
    expect({ status, last: out().trim().split('\n').at(-1) }).toEqual({ status: 3, last: '"stopped"' })
  })

  it('N-550 says in one line what is missing, where there is none', async () => {
    const { status, err, said } = await run(pretendOld, ['doctor'])
    expect({ status, said }).toEqual({ status: 1, said: null })
    expect(err).toBe('countersign: Node.js 24 or later is needed, this is 20.1.0, and no other was found that runs\n')
  })

  it('N-550 says which systems the one of a checkout is for, where it does not run', async () => {
    mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true })
    writeFileSync(join(folder, 'node_modules/node/bin/node'), '#!/no/such/loader\n', { mode: 0o755 })
    const { status, err } = await run(pretendOld, ['doctor'])
    expect(status).toBe(1)
    expect(err).toMatch(/^countersign: Node\.js 24 or later is needed, this is 20\.1\.0, [^\n]* musl [^\n]*\n$/)
  })
})
