import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { plainEnvironment } from '@countersign/server/testing/process'
import type { VerifierReply } from './messages.ts'

export interface WatcherOptions {
  readonly issuer: string
  readonly resource: string
  readonly client: { readonly id: string; readonly secret: string }
}

/** A verifier's process, seen from the measuring one. */
export class Watcher implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #replies: VerifierReply[] = []
  #wake: () => void = () => {}

  private constructor(options: WatcherOptions) {
    this.#child = fork(fileURLToPath(new URL('./verifier-process.ts', import.meta.url)), [JSON.stringify(options)], {
      execArgv: ['--conditions=countersign'],
      env: plainEnvironment(),
      serialization: 'advanced',
    })
    const receive = (reply: VerifierReply): void => {
      this.#replies.push(reply)
      this.#wake()
    }
    this.#child.on('message', receive)
    this.#child.on('exit', () => receive({ kind: 'failed', message: 'the process of a verifier ended' }))
  }

  static async start(options: WatcherOptions): Promise<Watcher> {
    const watcher = new Watcher(options)
    await watcher.#next('ready')
    return watcher
  }

  /** Resolves when the token was accepted, and is verified on. */
  async watch(token: string): Promise<void> {
    this.#child.send({ token })
    await this.#next('watching')
  }

  /** @returns When the watched token was refused: the system's monotonic clock, in nanoseconds. */
  async refused(): Promise<bigint> {
    return (await this.#next('refused')).at
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }

  async #next<Kind extends VerifierReply['kind']>(kind: Kind): Promise<Extract<VerifierReply, { kind: Kind }>> {
    while (this.#replies.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const reply = this.#replies.shift()
    if (reply?.kind === kind) return reply as Extract<VerifierReply, { kind: Kind }>
    throw new Error(reply?.kind === 'failed' ? reply.message : `a verifier is ${reply?.kind}, not ${kind}`)
  }
}
