import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { plainEnvironment } from '@countersign/server/testing/process'
import type { Order, Reply, Script, Share, SliceResult } from './script.ts'

interface Waiting {
  readonly resolve: (results: readonly SliceResult[]) => void
  readonly reject: (error: Error) => void
}

type Unnumbered<O> = O extends Order ? Omit<O, 'id'> : never

interface Terms {
  readonly seconds: number
  /** The same seed gives the same order of kinds and the same times. */
  readonly seed: number
}

export interface MixTerms extends Terms {
  readonly workers: number
}

export interface OpenTerms extends Terms {
  readonly perSecond: number
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

  /** Connects, and fetches the tokens that a slice of so many seconds needs. */
  async prepare(script: Script, seconds: number): Promise<void> {
    await this.#order({ kind: 'prepare', script, seconds })
  }

  /** Sends requests for so many seconds, then waits for the remaining answers. */
  async slice(script: Script, seconds: number): Promise<SliceResult> {
    const [result] = await this.#order({ kind: 'slice', script, seconds })
    if (!result) throw new Error('the load process reported no result of its slice')
    return result
  }

  /** A closed loop of several kinds of requests. @returns A result for each share, in order. */
  mix(shares: readonly Share[], terms: MixTerms): Promise<readonly SliceResult[]> {
    return this.#order({ kind: 'mix', shares, ...terms })
  }

  /** Sends requests by a schedule. @returns A result for each share, in order. */
  open(shares: readonly Share[], terms: OpenTerms): Promise<readonly SliceResult[]> {
    return this.#order({ kind: 'open', shares, ...terms })
  }

  /** Closes the connections of a script and drops its chains. */
  async close(script: Script): Promise<void> {
    await this.#order({ kind: 'close', name: script.name })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }

  #order(order: Unnumbered<Order>): Promise<readonly SliceResult[]> {
    const id = ++this.#orders
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ ...order, id })
    })
  }

  #receive({ id, results = [], error }: Reply): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(results)
    else waiting?.reject(new Error(error))
  }
}
