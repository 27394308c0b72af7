// The guards of examples/languages as programs: what each needs, how it is built, how it is started.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@countersign/server/testing/process'
import { type Ended, nodeFlags, repository, run } from '../programs.ts'

const sources = join(repository, 'examples/languages')
const cache = join(repository, '.cache/languages')

/** What starts a guard. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

interface Language {
  /** A folder of examples/languages. */
  readonly name: string
  /** Its build takes longer than CI has: it runs in `pnpm campaign languages`. */
  readonly slow: boolean
  /** Whether its library verifies EdDSA. */
  readonly edDsa: boolean
  /** The program that it needs, with an argument that ends it at once. */
  readonly tool: readonly [string, string]
  /** The file whose versions `install.sh` has fetched. `undefined` if it fetches nothing. */
  readonly manifest?: string
  /** Builds the guard in `folder`, without a download. */
  build(folder: string): Promise<Launch>
}

const source = (name: string, ...path: readonly string[]): string => join(sources, name, ...path)

async function succeed(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<void> {
  const { status, stdout, stderr }: Ended = await run(command, args, options)
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}${stdout}`)
}

/** Maven writes beside its pom.xml. */
const maven = (name: string) => async (folder: string) => {
  const cwd = join(folder, name)
  cpSync(source(name), cwd, { recursive: true })
  const repositoryOption = `-Dmaven.repo.local=${join(cache, 'maven')}`
  await succeed('mvn', ['--offline', '--quiet', '--batch-mode', repositoryOption, 'package'], { cwd })
  return { command: 'java', args: ['-jar', join(cwd, 'target/orders.jar')] }
}

export const languages: readonly Language[] = [
  {
    name: 'node',
    slow: false,
    edDsa: true,
    tool: [process.execPath, '--version'],
    build: async () => ({ command: process.execPath, args: [...nodeFlags, source('node', 'guard.ts')] }),
  },
  {
    name: 'python',
    slow: false,
    edDsa: true,
    tool: ['python3', '--version'],
    manifest: 'requirements.txt',
    build: async () => ({
      command: 'python3',
      args: ['-B', source('python', 'guard.py')],
      env: { PYTHONPATH: join(cache, 'python/packages') },
    }),
  },
  {
    name: 'go',
    slow: false,
    edDsa: true,
    tool: ['go', 'version'],
    manifest: 'go.sum',
    async build(folder) {
      const command = join(folder, 'go-guard')
      const env = { GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false' }
      await succeed('go', ['build', '-o', command, '.'], { cwd: source('go'), env })
      return { command, args: [] }
    },
  },
  { name: 'java', slow: true, edDsa: false, tool: ['mvn', '--version'], manifest: 'pom.xml', build: maven('java') },
  { name: 'spring', slow: true, edDsa: false, tool: ['mvn', '--version'], manifest: 'pom.xml', build: maven('spring') },
  {
    name: 'rust',
    slow: true,
    edDsa: true,
    tool: ['cargo', '--version'],
    manifest: 'Cargo.lock',
    async build() {
      const target = join(cache, 'rust/target')
      mkdirSync(target, { recursive: true })
      const env = { CARGO_HOME: join(cache, 'cargo'), CARGO_TARGET_DIR: target }
      await succeed('cargo', ['build', '--offline', '--locked', '--quiet'], { cwd: source('rust'), env })
      return { command: join(target, 'debug/orders'), args: [] }
    },
  },
]

/** Why the guard cannot run here, or `undefined` if it can. */
export async function missing({ name, tool: [tool, argument], manifest }: Language): Promise<string | undefined> {
  const there = await run(tool, [argument]).then(
    ({ status }) => status === 0,
    () => false,
  )
  if (!there) return `no ${tool} here`
  if (manifest === undefined) return undefined
  const installed = join(cache, name, 'installed')
  const isCurrent = existsSync(installed) && readFileSync(installed).equals(readFileSync(source(name, manifest)))
  return isCurrent ? undefined : `run examples/languages/install.sh ${name} first`
}

/** A guard that runs. */
export class Guard implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  /** Starts a guard and waits until it listens. @throws Error with its standard error if it ends before. */
  static async start({ command, args, env }: Launch, settings: Readonly<Record<string, string>>): Promise<Guard> {
    const url = `http://127.0.0.1:${await freePort()}/orders`
    const { PATH = '', HOME = '' } = process.env
    const child = spawn(command, args, {
      env: { PATH, HOME, PORT: new URL(url).port, ...env, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { out: '', err: '' }
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err += text
    })
    const listens = new Promise<void>((done) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said.out += text
        if (said.out.includes(`${url}\n`)) done()
      })
    })
    const ended = once(child, 'close').then(([status]) => {
      throw new Error(`${command} ended with ${status}: ${said.err}${said.out}`)
    })
    await Promise.race([listens, ended])
    // Its end is expected from now on.
    ended.catch(() => {})
    return new Guard(child, url)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close')
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await closed
  }
}
