// Programs of ours in processes of their own, as users run them: started, watched, ended. It must not know what they do.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ProgramOptions {
  /** For `node`, without the executable. */
  readonly arguments: readonly string[]
  /** Where both its streams go: a file, as under a supervisor, so that nobody has to read along. */
  readonly output: string
  readonly environment?: Readonly<Record<string, string>>
}

/** A running program. */
export class Program {
  readonly #child: ChildProcess
  readonly #output: string
  readonly exit: Promise<Exit>

  private constructor(child: ChildProcess, output: string) {
    this.#child = child
    this.#output = output
    this.exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  }

  /** Starts it with the Node.js that runs us and without what our own environment says about the server. */
  static start(options: ProgramOptions): Program {
    const file = openSync(options.output, 'a', 0o600)
    try {
      const child = spawn(process.execPath, options.arguments, {
        stdio: ['ignore', file, file],
        env: { ...plainEnvironment(), ...options.environment },
      })
      return new Program(child, options.output)
    } finally {
      closeSync(file)
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

  /** The end of what it wrote so far: for messages about its failure. */
  lastWords(): string {
    return readFileSync(this.#output, 'utf8').slice(-2000)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM')
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    if (this.running) this.signal(signal)
    return this.exit
  }
}

/** Ours, but for settings of a server and options of a test runner. */
export const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith('COUNTERSIGN_') && !name.startsWith('VITEST') && name !== 'NODE_OPTIONS',
    ),
  )
