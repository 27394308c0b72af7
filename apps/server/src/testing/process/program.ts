// A Node.js program in a process of its own: started, watched, ended. It knows nothing about what the program does.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What one run of a program did. */
export interface Transcript {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

export interface ProgramOptions {
  /** The arguments of `node`. */
  readonly arguments: readonly string[]
  /** Variables besides those of `plainEnvironment`. No other is passed on. */
  readonly environment?: Readonly<Record<string, string>>
  /** Standard input. Default is an empty one. */
  readonly input?: string | Uint8Array
  /** The working directory. Default is that of this process. */
  readonly folder?: string
  /** A file for standard error, as under a supervisor. It is emptied first. Default is a pipe that this process reads. */
  readonly log?: string
}

const passedOn = ['PATH', 'NODE_COMPILE_CACHE'] as const

/**
 * The environment of a program that must see neither the settings of a server nor those of a test runner: where programs are
 * found, and where Node.js keeps what it has compiled.
 */
export const plainEnvironment = (): { readonly [Name in (typeof passedOn)[number]]?: string } =>
  Object.fromEntries(passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))

/** A running program. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #log: string | undefined
  #out = ''
  #err = ''
  /** Resolves when the process has ended. */
  readonly exit: Promise<Exit>
  /** Resolves when the process has ended and all of its output was read. */
  readonly transcript: Promise<Transcript>

  private constructor(child: ChildProcess, log: string | undefined) {
    this.#child = child
    this.#log = log
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
    })
    this.exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
    this.transcript = once(child, 'close').then(([status]) => ({ status, out: this.#out, err: this.log() }))
  }

  /** Starts a program with the Node.js that runs this process. */
  static start({ arguments: words, environment, input, folder, log }: ProgramOptions): Program {
    const file = log === undefined ? 'pipe' : openSync(log, 'w', 0o600)
    try {
      const env = { ...plainEnvironment(), ...environment }
      const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', file], env, cwd: folder })
      // A program that does not read its input closes it: that is an outcome, no fault.
      child.stdin?.on('error', () => {}).end(input ?? '')
      return new Program(child, log)
    } finally {
      if (typeof file === 'number') closeSync(file)
    }
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('the program could not be started')
    return pid
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Standard output so far. */
  get out(): string {
    return this.#out
  }

  /** Standard error so far. */
  log(): string {
    return this.#log === undefined ? this.#err : readFileSync(this.#log, 'utf8')
  }

  /** Resolves with standard output as soon as it is enough. @throws Error with its log if the program ends before. */
  said(isEnough: (out: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const read = () => {
        if (isEnough(this.#out)) resolve(this.#out)
      }
      this.#child.stdout?.on('data', read)
      read()
      this.transcript.then(({ status, err }) => reject(new Error(`it ended with ${status}: ${err}`)), reject)
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    if (this.running) this.signal(signal)
    return this.exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM')
  }
}
