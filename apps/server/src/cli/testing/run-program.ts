import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { openAuthority } from '../../compose/authority.ts'
import { readConfig } from '../../config/read-config.ts'
import { dialects } from '../../dialects/registry.ts'
import { createLogger } from '../../log/logger.ts'
import { runProgram } from '../program.ts'

const main = fileURLToPath(new URL('../../main.ts', import.meta.url))

/** The result of one run of the program. */
export interface Transcript {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  /** Standard input. Default: empty. */
  readonly stdin?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

/** Creates a data folder as the first `serve` does, but without an owner. */
export async function furnishFolder(data: string): Promise<void> {
  const logger = createLogger({ level: 'silent', sink: { writableLength: 0, write: () => true } })
  await (await openAuthority(readConfig({ flags: { data }, env: {} }, dialects), { logger })).close()
}

/** Starts the program with this environment only. */
export function start(args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, ['--conditions=countersign', main, ...args], {
    env: { PATH: process.env.PATH, ...options.env },
  })
  // A program that does not read its input closes it. This is not a failure.
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  return child
}

/** Runs the program in this process: everything but `main.ts`, a hundred times faster than a new process. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Transcript> {
  const said = { out: '', err: '' }
  const hear = (stream: 'out' | 'err') => (text: string) => {
    said[stream] += text
    return true
  }
  const status = await runProgram(args, {
    env: options.env ?? {},
    out: hear('out'),
    err: hear('err'),
    stdin: Readable.from([Buffer.from(options.stdin ?? '')]),
    log: { writableLength: 0, write: hear('err') },
    process: new EventEmitter(),
    exit: (code) => {
      throw new Error(`forced to end with ${code}`)
    },
  })
  return { status, ...said }
}

/** Runs the program as a process, until it ends. */
export async function runProcess(args: readonly string[], options: RunOptions = {}): Promise<Transcript> {
  const child = start(args, options)
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, ...said }
}

/** A server in its own process. */
export interface ServerProcess {
  readonly child: ChildProcessWithoutNullStreams
  readonly url: string
  /** Standard output up to the ready line. */
  readonly announced: string
  readonly transcript: Promise<Transcript>
  /** Standard error so far. */
  logged(): string
}

/** Starts `serve` on a free port, and resolves when it listens. @throws Error if it ends before that. */
export function serve(args: readonly string[], options: RunOptions = {}): Promise<ServerProcess> {
  const child = start(['serve', '--port', '0', ...args], options)
  const said = { out: '', err: '' }
  const ended = once(child, 'close') as Promise<[number | null]>
  const transcript = ended.then(([status]) => ({ status, ...said }))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  return new Promise((resolve, reject) => {
    void transcript.then(({ status, err }) => reject(new Error(`it ended with ${status}: ${err}`)))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.out += text
      const [, url] = /^(?:Countersign listens on |\{"url":")([^\s"]+).*$/m.exec(said.out) ?? []
      if (url !== undefined && said.out.endsWith('\n'))
        resolve({ child, url, announced: said.out, transcript, logged: () => said.err })
    })
  })
}
