import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { plainEnvironment } from '../../../apps/server/src/testing/process/program.ts'
import type { Order, Reply, Script, SliceResult } from './script.ts'

interface Waiting {
  readonly resolve: (result: SliceResult | undefined) => void
  readonly reject: (error: Error) => void
}

/** The handle of the load process. */
export class Generator {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #orders = 0

  constructor() {
    this.#child = fork(fileURLToPath(new URL('./load-process.ts', import.meta.url)), {
      execArgv: [],
      env: plainEnvironment(),
      // Typed arrays stay typed arrays.
      serialization: 'advanced',
    })
    this.#child.on('message', (reply: Reply) => this.#receive(reply))
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the load process ended'))
    })
  }

  /** Makes load for so many seconds, then waits for the answers that are still due. */
  async slice(script: Script, seconds: number): Promise<SliceResult> {
    const result = await this.#order((id) => ({ id, kind: 'slice', script, seconds }))
    if (!result) throw new Error('the load process said nothing about its slice')
    return result
  }

  /** Closes the connections of a script and forgets its chains. */
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
