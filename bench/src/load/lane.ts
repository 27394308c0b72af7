import { randomBytes } from 'node:crypto'
import { Connection, requestOf } from '@countersign/server/testing/process'
import type { Call, Script } from './script.ts'

/** One connection of a script, with its state between slices. */
export class Lane {
  readonly #script: Script
  #next: number
  #token: string
  #supply: string[] = []
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

  /** Fetches tokens until it holds so many. Only tokens that are presented once are fetched. */
  async supply(count: number): Promise<void> {
    const { work } = this.#script
    if (work.kind !== 'spend') return
    while (this.#supply.length < count) {
      const { status, body } = await this.#open().exchange(work.supply.request)
      if (status < 200 || status > 299) throw new Error(`no token to spend: ${status} ${body.slice(0, 300)}`)
      this.#supply.push(memberOf(body, work.supply.member))
    }
  }

  /** Whether it has what the next request needs. */
  get supplied(): boolean {
    return this.#script.work.kind !== 'spend' || this.#supply.length > 0
  }

  /** Sends the next request. @returns What was wrong with the answer, or `undefined`. */
  async step(): Promise<string | undefined> {
    const { work, expected } = this.#script
    const { status, body } = await this.#open().exchange(this.#request())
    if (status < 200 || status > 299 || !body.includes(expected)) return `${status} ${body.slice(0, 300)}`
    if (work.kind === 'chain') this.#token = memberOf(body, work.member)
    return undefined
  }

  close(): void {
    this.#connection?.close()
  }

  #open(): Connection {
    if (!this.#connection) throw new Error('not connected')
    return this.#connection
  }

  #request(): string {
    const { work } = this.#script
    if (work.kind === 'cycle') return work.requests[this.#next++ % work.requests.length] as string
    return this.#call(work.call, work.kind === 'chain' ? this.#token : (this.#supply.pop() ?? ''))
  }

  #call({ method, path, headers = {}, body, form, tokenMember, keyed }: Call, token: string): string {
    const members = tokenMember === undefined ? body : { ...body, [tokenMember]: token }
    const all = {
      ...headers,
      ...(tokenMember === undefined ? { authorization: `Bearer ${token}` } : {}),
      ...(keyed ? { 'idempotency-key': randomBytes(16).toString('base64url') } : {}),
    }
    const content = members && form ? new URLSearchParams(members) : members
    return requestOf(this.#script.endpoint, { method, path, headers: all, body: content })
  }
}

/** A string member of a JSON text without escapes. Parsing the whole text would cost the load process more. */
function memberOf(body: string, name: string): string {
  const start = body.indexOf(`"${name}":"`) + name.length + 4
  return body.slice(start, body.indexOf('"', start))
}
