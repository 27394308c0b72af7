import { randomBytes } from 'node:crypto'
import { Connection, jsonRequest } from '@countersign/server/testing/process'
import type { Script } from './script.ts'

/** One connection of a script, with its state between slices. */
export class Lane {
  readonly #script: Script
  #next: number
  #token: string
  #connection: Connection | undefined

  constructor(script: Script, place: number) {
    this.#script = script
    this.#next = place
    const token = script.work.kind === 'chain' ? script.work.tokens[place] : ''
    if (token === undefined) throw new Error(`${script.name}: no chain for connection ${place}`)
    this.#token = token
  }

  /** Connects, unless an earlier slice left the connection open. */
  async ready(): Promise<void> {
    if (!this.#connection || this.#connection.lost) this.#connection = await Connection.open(this.#script.endpoint)
  }

  /** Sends the next request. @returns What was wrong with the answer, or `undefined`. */
  async step(): Promise<string | undefined> {
    if (!this.#connection) throw new Error('not connected')
    const { status, body } = await this.#connection.exchange(this.#request())
    if (status < 200 || status > 299 || !body.includes(this.#script.expected)) return `${status} ${body.slice(0, 300)}`
    if (this.#script.work.kind === 'chain') this.#token = memberOf(body, 'refresh_token')
    return undefined
  }

  close(): void {
    this.#connection?.close()
  }

  #request(): string {
    const { work, endpoint } = this.#script
    if (work.kind === 'cycle') return work.requests[this.#next++ % work.requests.length] as string
    // A new key for every refresh, as the published client does.
    const headers = { 'idempotency-key': randomBytes(16).toString('base64url') }
    return jsonRequest(endpoint, work.path, { refresh_token: this.#token }, headers)
  }
}

/** A string member of a JSON text without escapes. Parsing the whole text would cost the load process more. */
function memberOf(body: string, name: string): string {
  const start = body.indexOf(`"${name}":"`) + name.length + 4
  return body.slice(start, body.indexOf('"', start))
}
