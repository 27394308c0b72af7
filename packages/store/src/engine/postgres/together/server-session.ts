import type { Duplex } from 'node:stream'
import type { PoolClient } from 'pg'
import type { Column } from '../../statement.ts'
import { isUnknownName, PostgresFault, postgresFault, skipped } from '../fault.ts'
import type { Query, Result, Session } from '../session.ts'
import { type Descriptions, isParsed, Prepared } from './prepared.ts'

/** Not in the types. */
type Connected = { readonly connection: { readonly stream: Duplex } }

const ends: readonly string[] = ['commit', 'rollback']

interface Asked extends Pick<PromiseWithResolvers<Result>, 'resolve' | 'reject'> {
  readonly query: Query
}

/**
 * A connection of a pool. What is asked for in one turn of the event loop is sent in one go. The statements of a transaction are a batch:
 * if one of a turn fails, the database does not execute those that follow. Others do not depend on each other.
 */
export class ServerSession implements Session {
  readonly #client: PoolClient
  readonly #descriptions: Descriptions
  #asked: Asked[] = []
  #isHeld = false
  #isWithinTransaction = false

  /** @param descriptions What is known of statements. It is added to. */
  constructor(client: PoolClient, descriptions: Descriptions) {
    this.#client = client
    this.#descriptions = descriptions
  }

  query(query: Query): Promise<Result> {
    this.#hold()
    if (query.values === undefined) {
      this.#send()
      this.#isWithinTransaction &&= !ends.includes(query.text)
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
    const batch: Asked[] = []
    for (const asked of this.#asked) {
      this.#isWithinTransaction ||= asked.query.text.startsWith('begin ')
      // Together they would be a transaction, which locks each table until its end.
      if (this.#isWithinTransaction) batch.push(asked)
      else this.#sendBatch([asked])
    }
    this.#asked = []
    if (batch.length > 0) this.#sendBatch(batch)
  }

  #sendBatch(asked: readonly Asked[]): void {
    const queries = asked.map(({ query }) => query)
    this.#client.query(
      new Prepared(queries, this.#descriptions, (error, results) => {
        const fault = error && postgresFault(error)
        for (const [place, { query, resolve, reject }] of asked.entries()) {
          const result = results[place]
          if (result !== undefined) resolve(result)
          else if (fault?.isOfConnection || place === results.length) reject(this.#faultOf(query, fault))
          else reject(skipped())
        }
      }),
    )
  }

  /** A statement that another one has sent to be parsed is unknown where that failed. */
  #faultOf(query: Query, fault = unanswered()): PostgresFault {
    return isUnknownName(fault) && !isParsed(this.#connection, query) ? skipped() : fault
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
