/*
 * A PostgreSQL server that somebody else runs, or another that speaks its protocol. What is made on it has databases of its own, which
 * are dropped at the end.
 */
import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { type Address, type Host, labelOf, parseAddress } from '../../engine/postgres/address.ts'
import { PostgresFault } from '../../engine/postgres/fault.ts'
import { requireUsable } from '../../engine/postgres/server-facts.ts'
import { serverSessions } from '../../engine/postgres/server-sessions.ts'
import { lent, type Sessions } from '../../engine/postgres/session.ts'
import { StoreOpenError } from '../../engine/store-open-error.ts'

export type Row = Readonly<Record<string, unknown>>

/** Asks a database beside the programs that use it. It connects as the store does. */
export class DatabaseClient implements AsyncDisposable {
  readonly #sessions: Sessions

  /** @throws StoreOpenError `address_invalid`. */
  constructor(url: string) {
    this.#sessions = serverSessions(parseAddress(url), { statement: 0, lock: 0 })
  }

  /** @throws StoreOpenError that says why the database cannot be used. */
  async requireUsable(): Promise<void> {
    await requireUsable(this.#sessions)
  }

  /** @throws PostgresFault, whose message quotes no value. */
  rows(text: string): Promise<readonly Row[]> {
    return lent(this.#sessions, async (session) => {
      const { rows, columns } = await session.query({ text })
      return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])))
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#sessions.close()
  }
}

export interface GivenDatabase {
  readonly name: string
  /** It may have a password in it: it belongs into the environment of a program, and into no output. */
  readonly url: string
}

export class GivenServer implements AsyncDisposable {
  /** Names the server for messages, without user and password. */
  readonly label: string
  readonly #address: Address
  readonly #client: DatabaseClient
  #made: string[] = []

  private constructor(address: Address, client: DatabaseClient) {
    this.label = labelOf(address)
    this.#address = address
    this.#client = client
  }

  /**
   * @param url Of any database on it. Its role must be allowed to make databases.
   * @throws StoreOpenError whose message is for the operator.
   */
  static async open(url: string): Promise<GivenServer> {
    const address = parseAddress(url)
    const client = new DatabaseClient(url)
    try {
      await client.requireUsable()
      return new GivenServer(address, client)
    } catch (error) {
      await client[Symbol.asyncDispose]()
      throw error
    }
  }

  /**
   * Makes an empty database.
   *
   * @param prefix Of its name.
   * @throws StoreOpenError that says why none can be made.
   */
  async database(prefix: string): Promise<GivenDatabase> {
    const name = `${prefix}_${randomBytes(6).toString('hex')}`
    await this.#change(`create database ${name} encoding 'UTF8' template template0`, 'no database can be made')
    this.#made.push(name)
    return { name, url: urlOf(this.#address, name) }
  }

  rows(text: string): Promise<readonly Row[]> {
    return this.#client.rows(text)
  }

  /** Those of the URL. */
  get hosts(): readonly Host[] {
    return this.#address.hosts
  }

  /** The names of those that are dropped at the end. */
  get databases(): readonly string[] {
    return this.#made
  }

  /** Leaves the databases there at the end. */
  keep(): void {
    this.#made = []
  }

  /** @throws StoreOpenError that names a database that could not be dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const name of this.#made) await this.#change(`drop database ${name}`, `${name} cannot be dropped`)
    } finally {
      await this.#client[Symbol.asyncDispose]()
    }
  }

  async #change(text: string, otherwise: string): Promise<void> {
    try {
      await this.#client.rows(text)
    } catch (error) {
      if (!(error instanceof PostgresFault)) throw error
      throw new StoreOpenError('unreachable', `${otherwise} on ${this.label}: ${error.message}`, error)
    }
  }
}

/** @throws TypeError if it is none, or has a password: other users see command lines. */
export const requireNoPassword = (url: string): void => {
  let address: Address
  try {
    address = parseAddress(url)
  } catch (error) {
    if (error instanceof StoreOpenError) throw new TypeError(`--database-url: ${error.message}`)
    throw error
  }
  if (address.password !== undefined) throw new TypeError('--database-url must not contain a password: use PGPASSWORD')
}

/** The URL of another database there. It says who asks, and with which password: a program finds neither in its environment. */
const urlOf = (address: Address, database: string): string => {
  const password = address.password ?? process.env.PGPASSWORD
  const parameters = new Map<string, string>(address.parameters)
  parameters.set('host', address.hosts.map(({ name }) => name).join(','))
  parameters.set('port', address.hosts.map(({ port }) => port).join(','))
  for (const name of ['user', 'password', 'dbname']) parameters.delete(name)
  const user = [
    address.user ?? process.env.PGUSER ?? userInfo().username,
    ...(password === undefined ? [] : [password]),
  ]
  const query = [...parameters].map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `postgres://${user.map(encodeURIComponent).join(':')}@/${database}?${query.join('&')}`
}
