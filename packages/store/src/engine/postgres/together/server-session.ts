import type { Duplex } from 'node:stream'
import type { PoolClient } from 'pg'
import type { Column } from '../../statement.ts'
import { PostgresFault, postgresFault, skipped } from '../fault.ts'
import type { Query, Result, Session } from '../session.ts'
import { canBeBeside, type Descriptions, Prepared } from './prepared.ts'

/** Not in the types. */
type Connected = { readonly connection: { readonly stream: Duplex } }

interface Asked extends Pick<PromiseWithResolvers<Result>, 'resolve' | 'reject'> {
  readonly query: Query
}

/**
 * A connection of a pool. Statements with parameters that are asked for in one turn of the event loop are sent together, in their order:
 * the database answers them in one go. If one fails, it does not execute those that follow.
 */
export class ServerSession implements Session {
  readonly #client: PoolClient
  readonly #descriptions: Descriptions
  #asked: Asked[] = []
  #isHeld = false

  /** @param descriptions What is known of statements. It is added to. */
  constructor(client: PoolClient, descriptions: Descriptions) {
    this.#client = client
    this.#descriptions = descriptions
  }

  query(query: Query): Promise<Result> {
    this.#hold()
    if (query.values === undefined) {
      this.#send()
      return this.#command(query.text)
    }
    return new Promise((resolve, reject) => {
      this.#asked.push({ query, resolve, reject })
    })
  }

  release(isBroken: boolean): void {
    this.#client.release(isBroken)
  }

  /** What is sent in one turn is one system call. */
  #hold(): void {
    if (this.#isHeld) return
    this.#isHeld = true
    const { stream } = this.#connection
    stream.cork()
    process.nextTick(() => {
      this.#isHeld = false
      this.#send()
      stream.uncork()
    })
  }

  get #connection() {
    return (this.#client as unknown as Connected).connection
  }

  #send(): void {
    if (this.#asked.length === 0) return
    let together: Asked[] = []
    const sendThese = (): void => {
      if (together.length > 0) this.#sendTogether(together)
      together = []
    }
    for (const asked of this.#asked) {
      const isBeside = canBeBeside(this.#connection, asked.query)
      if (!isBeside) sendThese()
      together.push(asked)
      if (!isBeside) sendThese()
    }
    sendThese()
    this.#asked = []
  }

  #sendTogether(asked: readonly Asked[]): void {
    const queries = asked.map(({ query }) => query)
    this.#client.query(
      new Prepared(queries, this.#descriptions, (error, results) => {
        const fault = error && postgresFault(error)
        for (const [place, { resolve, reject }] of asked.entries()) {
          const result = results[place]
          if (result !== undefined) resolve(result)
          else if (fault === undefined || fault.isOfConnection || place === results.length)
            reject(fault ?? unanswered())
          else reject(skipped())
        }
      }),
    )
  }

  /** Several commands in one text have a result each. */
  async #command(text: string): Promise<Result> {
    try {
      const result = await this.#client.query<Column[]>({ text, rowMode: 'array' })
      const last = Array.isArray(result) ? (result.at(-1) as typeof result) : result
      return {
        rows: last.rows,
        columns: last.fields.map((field) => field.name),
        count: last.rowCount ?? 0,
        command: last.command,
      }
    } catch (error) {
      throw postgresFault(error)
    }
  }
}

const unanswered = (): PostgresFault => new PostgresFault(undefined, 'the database did not answer a statement', true)
