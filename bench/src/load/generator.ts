import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { plainEnvironment } from '@countersign/server/testing/process'
import type { Order, Reply, Script, SliceResult } from './script.ts'

interface Waiting {
  readonly resolve: (result: SliceResult | undefined) => void
  readonly reject: (error: Error) => void
}

/** The load process, seen from the measuring one. */
export class Generator {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #orders = 0

  constructor() {
    this.#child = fork(fileURLToPath(new URL('./load-process.ts', import.meta.url)), {
      execArgv: ['--conditions=countersign'],
      env: plainEnvironment(),
      // Keeps typed arrays.
      serialization: 'advanced',
    })
    this.#child.on('message', (reply: Reply) => this.#receive(reply))
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the load process ended'))
    })
  }

  /** Sends requests for so many seconds, then waits for the remaining answers. */
  async slice(script: Script, seconds: number): Promise<SliceResult> {
    const result = await this.#order((id) => ({ id, kind: 'slice', script, seconds }))
    if (!result) throw new Error('the load process reported no result of its slice')
    return result
  }

  /** Closes the connections of a script and drops its chains. */
  async close(script: Script): Promise<void> {
    await this.#order((id) => ({ id, kind: 'close', name: script.name }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }

  #order(make: (id: number) => Order): Promise<SliceResult | undefined> {
    const order = make(++this.#orders)
    return new Promise((resolve, reject) => {
      this.#waiting.set(order.id, { resolve, reject })
      this.#child.send(order)
    })
  }

  #receive({ id, result, error }: Reply): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error))
  }
}
