import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { plainEnvironment } from '@countersign/server/testing/process'

export interface WriteOrder {
  readonly perSecond: number
  readonly seconds: number
}

/** A process that commits rows to the database of a server that runs. */
export class RowWriter implements AsyncDisposable {
  readonly #child: ChildProcess

  constructor(database: string) {
    this.#child = fork(fileURLToPath(new URL('./row-writer-process.ts', import.meta.url)), [database], {
      execArgv: ['--conditions=countersign'],
      env: plainEnvironment(),
    })
  }

  /** Commits so many rows a second, each in a commit of its own. @returns How many it was in a second. */
  async write(perSecond: number, seconds: number): Promise<number> {
    const order: WriteOrder = { perSecond, seconds }
    this.#child.send(order)
    const [rows] = await Promise.race([
      once(this.#child, 'message'),
      once(this.#child, 'exit').then(() => Promise.reject(new Error('the process that writes rows ended'))),
    ])
    return rows / seconds
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }
}
