// The real server for examples and documents: the program as a user starts it, on a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

export const repository = resolve(import.meta.dirname, '../..')
const program = join(repository, 'apps/server/src/main.ts')

/** Node.js as the sources need it. */
export const nodeFlags: readonly string[] = ['--conditions=countersign', '--no-warnings=ExperimentalWarning']

/** What a program left behind. */
export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Settings of the server, and what the test runner tells its own programs. */
const notPassedOn = /^(COUNTERSIGN_|VITEST|NODE_ENV$|NODE_OPTIONS$|NODE_CHANNEL|DEBUG$|FORCE_COLOR$)/

/** The environment of what is started: the caller's, without what would change it. */
export function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !notPassedOn.test(name)) as [string, string][]
  const path = `${join(repository, 'node_modules/.bin')}:${process.env.PATH ?? ''}`
  return { ...Object.fromEntries(kept), PATH: path, ...more }
}

/** Runs a program to its end. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string } = {},
): Promise<Ended> {
  const child = spawn(command, args, { cwd: options.cwd ?? repository, env: environment(options.env), stdio: 'pipe' })
  child.stdin.end(options.input ?? '')
  return ended(child)
}

function ended(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (status) => done({ status, stdout, stderr }))
  })
}

/** A program that says on its first line that it is ready. */
export interface Started {
  readonly firstLine: string
  /** Sends SIGTERM, and waits for the end. */
  stop(): Promise<number | null>
}

/**
 * Starts a program and waits for its first line on standard output.
 *
 * @throws Error with what it said on standard error, if it ends before.
 */
export async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const child = spawn(process.execPath, [...nodeFlags, ...args], {
    cwd: repository,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = ended(child)
  const lines = createInterface({ input: child.stdout })
  const firstLine = await Promise.race([
    new Promise<string>((done) => lines.once('line', done)),
    end.then(({ status, stderr }) => Promise.reject(new Error(`ended with ${status}: ${stderr}`))),
  ])
  return {
    firstLine,
    stop: async () => {
      child.kill('SIGTERM')
      return (await end).status
    },
  }
}

/** The server on a temporary data folder, with its owner. */
export class RunningServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'countersign-example-'))
  readonly data = join(this.folder, 'data')
  #started: Started | undefined
  #url = ''
  #password = ''

  static async start(): Promise<RunningServer> {
    const server = new RunningServer()
    await server.#serve('0')
    return server
  }

  get url(): string {
    return this.#url
  }

  /** The owner's, as the first start printed it. */
  get password(): string {
    return this.#password
  }

  async #serve(port: string): Promise<void> {
    const flags = ['--data', this.data, '--port', port, '--log-level', 'warn', '--json']
    this.#started = await start([program, 'serve', ...flags])
    const { url, owner } = JSON.parse(this.#started.firstLine)
    this.#url = url
    if (owner) this.#password = owner.password
  }

  /** Stops the server and starts it anew where it was. */
  async restart(): Promise<void> {
    await this.#started?.stop()
    await this.#serve(new URL(this.#url).port)
  }

  /** Runs an admin command with `--json`, and reads what it prints. */
  async command<T>(args: readonly string[], input = ''): Promise<T> {
    const all = [...nodeFlags, program, ...args, '--data', this.data, '--json']
    const { status, stdout, stderr } = await run(process.execPath, all, { input })
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  async close(): Promise<void> {
    await this.#started?.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
