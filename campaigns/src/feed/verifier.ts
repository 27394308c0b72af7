import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { plainEnvironment } from '@countersign/server/testing/process'
import type { VerifierOptions, VerifierStatus } from '@countersign/verifier'
import { faultOptions } from '../injected-faults/injected-fault.ts'
import type { Reply, Silence } from './messages.ts'

const executable = fileURLToPath(new URL('./verifier-process.ts', import.meta.url))

/** A verifier's process, seen from the campaign. */
export class RemoteVerifier implements AsyncDisposable {
  readonly whenSilent: Silence
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<Reply>>()
  #questions = 0

  constructor(options: VerifierOptions & { readonly whenSilent: Silence }, fault: string | undefined) {
    this.whenSilent = options.whenSilent
    this.#child = fork(executable, [JSON.stringify(options)], {
      execArgv: [...faultOptions(fault), '--conditions=countersign'],
      env: plainEnvironment(),
    })
    this.#child.on('message', (reply: Reply) => {
      this.#waiting.get(reply.number)?.resolve(reply)
      this.#waiting.delete(reply.number)
    })
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the process of a verifier ended'))
    })
  }

  /** `accepted`, or the code of the refusal. */
  async verify(token: string): Promise<string> {
    return (await this.#ask(token)).outcome
  }

  async status(): Promise<Omit<VerifierStatus, 'fault'>> {
    const { status } = await this.#ask()
    if (!status) throw new Error('a verifier told no status')
    return status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }

  #ask(token?: string): Promise<Reply> {
    const number = ++this.#questions
    const waiting = Promise.withResolvers<Reply>()
    this.#waiting.set(number, waiting)
    this.#child.send({ number, token })
    return waiting.promise
  }
}
