// The server as a process, as an operator runs it: `countersign serve` on a data folder, and the commands beside it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Endpoint } from './connection.ts'
import { freePort } from './free-port.ts'
import { type Exit, Program, type Transcript } from './program.ts'

const source = fileURLToPath(new URL('../../main.ts', import.meta.url))
const built = fileURLToPath(new URL('../../../bin/countersign.js', import.meta.url))

/** Flags for one user who logs in more often than a user may. */
export const manySessions = ['--max-sessions', '1000000', '--max-vendor-sessions', '1000000'] as const

export interface CommandOptions {
  /** Standard input. Default is an empty one. */
  readonly stdin?: string | Uint8Array
  /** Variables besides PATH. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * Runs the built program, which starts faster, or the program in this file. Default is false: the sources, for which nothing has to
   * be built.
   */
  readonly built?: boolean | string
  /** Options of Node.js itself. */
  readonly nodeOptions?: readonly string[]
}

const start = (words: readonly string[], options: CommandOptions, log?: string): Program => {
  const file = options.built === true ? built : options.built
  const program = file ? [file] : ['--conditions=countersign', source]
  return Program.start({
    arguments: [...(options.nodeOptions ?? []), ...program, ...words],
    ...(options.env ? { environment: options.env } : {}),
    ...(options.stdin === undefined ? {} : { input: options.stdin }),
    ...(log === undefined ? {} : { log }),
  })
}

/** Runs a command of `countersign` to its end. */
export const runCommand = (words: readonly string[], options: CommandOptions = {}): Promise<Transcript> =>
  start(words, options).transcript

/** How one start of a server differs from the others of its run. */
export interface StartOptions extends Pick<CommandOptions, 'env' | 'nodeOptions'> {
  /** Flags besides those of the run. */
  readonly flags?: readonly string[]
}

export interface ServerRunOptions extends Pick<CommandOptions, 'env' | 'built' | 'nodeOptions'> {
  /** A data folder to use and to leave behind. Default is a temporary one. */
  readonly data?: string
  /** Where the temporary folder is made. Default is the system's. */
  readonly folder?: string | undefined
  /** Default is a free one. It stays the same over restarts. */
  readonly port?: number
  /** Flags of `serve` besides the data folder and the port. */
  readonly flags?: readonly string[]
}

export interface Credentials {
  readonly id: string
  readonly secret: string
}

export interface UserLogin {
  readonly username: string
  readonly password: string
}

/**
 * A server that runs as a process of its own, over any number of starts, on one data folder and one port. The issuer names the
 * port: a second run on the same data folder has another issuer, unless it is given the same port.
 *
 * @example
 * ```ts
 * await using server = await ServerRun.start({ flags: ['--log-level', 'warn'] })
 * const { id, secret } = await server.client('robot', 'jwt')
 * await server.end('SIGKILL')
 * await server.serve()
 * await fetch(`${server.url}/readyz`)
 * ```
 */
export class ServerRun implements AsyncDisposable {
  readonly data: string
  readonly port: number
  /** A temporary folder, removed at the end. */
  readonly folder: string
  readonly #options: ServerRunOptions
  #program: Program | undefined
  #announced = ''
  #ownerPassword: string | undefined

  private constructor(options: ServerRunOptions, folder: string, port: number) {
    this.#options = options
    this.folder = folder
    this.data = options.data ?? join(folder, 'data')
    this.port = port
  }

  /** Chooses the folder and the port, and starts nothing. */
  static async prepare(options: ServerRunOptions = {}): Promise<ServerRun> {
    const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'countersign-run-'))
    return new ServerRun(options, folder, options.port ?? (await freePort()))
  }

  /** Starts a server. @throws Error with its log if it ends before it listens. */
  static async start(options: ServerRunOptions = {}): Promise<ServerRun> {
    const run = await ServerRun.prepare(options)
    try {
      await run.serve()
    } catch (error) {
      await run[Symbol.asyncDispose]()
      throw error
    }
    return run
  }

  get endpoint(): Endpoint {
    return { host: '127.0.0.1', port: this.port }
  }

  /** The database inside the data folder. */
  get database(): string {
    return join(this.data, 'countersign.db')
  }

  /** The process of the last start. */
  get program(): Program {
    if (!this.#program) throw new Error('the server was not started')
    return this.#program
  }

  /** Standard output of the last start up to the line that says where the server listens. */
  get announced(): string {
    return this.#announced
  }

  get url(): string {
    const [, url] = listens.exec(this.#announced) ?? []
    if (url === undefined) throw new Error('the server does not listen')
    return url
  }

  /** The owner's password, which only the first start on a data folder prints. */
  get ownerPassword(): string {
    if (this.#ownerPassword === undefined) throw new Error('no start of this run made the owner')
    return this.#ownerPassword
  }

  /** Starts the server, which may not be ready yet. */
  launch({ env, nodeOptions, flags = [] }: StartOptions = {}): Program {
    const options = this.#options
    const words = ['serve', '--data', this.data, '--port', `${this.port}`, ...(options.flags ?? []), ...flags]
    const merged = {
      built: options.built ?? false,
      env: { ...options.env, ...env },
      nodeOptions: nodeOptions ?? options.nodeOptions ?? [],
    }
    this.#program = start(words, merged, join(this.folder, 'server.log'))
    return this.#program
  }

  /** Starts the server and waits until it listens. @throws Error with its log if it ends before. */
  async serve(options?: StartOptions): Promise<void> {
    const program = this.launch(options)
    this.#announced = await program.said((out) => out.endsWith('\n') && listens.test(out))
    this.#ownerPassword ??= /(?:password: |"password":")([^\s"]+)/.exec(this.#announced)?.[1]
  }

  /** Ends the running process, if there is one, and waits for its end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    return this.program.end(signal)
  }

  /** Asks the server to stop. @throws Error with its log if its status is not 0. */
  async stop(): Promise<void> {
    await this.program.end('SIGTERM')
    const { status, err } = await this.program.transcript
    if (status !== 0) throw new Error(`the server ended with ${status}: ${err}`)
  }

  /** Stops the server and starts it again. */
  async restart(options?: StartOptions): Promise<void> {
    await this.stop()
    await this.serve(options)
  }

  /** Runs a command on the same data folder. */
  command(words: readonly string[], options: CommandOptions = {}): Promise<Transcript> {
    const { built = false, env } = this.#options
    return runCommand([...words, '--data', this.data], { built, ...(env ? { env } : {}), ...options })
  }

  /** What a command prints with `--json`. @throws Error with its standard error if it fails. */
  async json<T>(words: readonly string[], options: CommandOptions = {}): Promise<T> {
    const { status, out, err } = await this.command([...words, '--json'], options)
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${err}`)
    return JSON.parse(out) as T
  }

  /** Creates a user by the command. Only the creation of an owner makes the data folder. */
  async user({ username, password }: UserLogin, role: 'viewer' | 'manager' | 'owner' = 'viewer'): Promise<void> {
    await this.json(['create-user', '-u', username, '-g', role, '--password-stdin'], { stdin: password })
  }

  /** Creates a client by the command. */
  async client(name: string, form: 'jwt' | 'opaque'): Promise<Credentials> {
    const words = ['create-client', '--name', name, '--token-form', form]
    const { client_id, client_secret } = await this.json<{ client_id: string; client_secret: string }>(words)
    return { id: client_id, secret: client_secret }
  }

  /** Ends the server and removes the temporary folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.end('SIGKILL')
    await rm(this.folder, { recursive: true, force: true })
  }
}

const listens = /^(?:Countersign listens on |\{"url":")([^\s"]+).*$/m
