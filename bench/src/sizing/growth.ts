// What the database grows by, for each kind of event. The events happen at the running server.
import { ServerRun } from '@countersign/server/testing/process'
import { tableSizes } from './table-sizes.ts'

/** An event, and the bytes that it adds to each table with its indexes. */
export interface Growth {
  readonly event: string
  readonly count: number
  readonly bytes: number
  readonly tables: Readonly<Record<string, number>>
}

export interface GrowthOptions {
  /** How many users, logins and so on. */
  readonly rows: number
  readonly folder?: string | undefined
  readonly progress: (line: string) => void
}

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

const password = 'correct horse battery staple'
/** Refreshes of one session. */
const generations = 4
const atOnce = 4

export async function measureGrowth({ rows, folder, progress }: GrowthOptions): Promise<readonly Growth[]> {
  await using server = await ServerRun.prepare({ folder, built: true, flags: ['--trusted-proxies', '127.0.0.1'] })
  await server.user({ username: 'owner', password }, 'owner')
  await server.serve()
  const caller = new Caller(server.url)
  const owner = await caller.logIn('owner', 0)
  const found: Growth[] = []
  const measure = async (event: string, count: number, happen: (at: number) => Promise<void>) => {
    progress(`${count} × ${event}`)
    const before = tableSizes(server.database)
    await inTurns(count, happen)
    const after = tableSizes(server.database)
    found.push(growthOf(event, count, before, after))
  }
  const sessions: Tokens[] = []
  await measure('a user with a password', rows, (at) =>
    caller.send('POST', '/v1/users', at, owner.access_token, { username: `user-${at}`, role: 'viewer', password }),
  )
  await measure('a login', rows, async (at) => {
    sessions.push(await caller.logIn(`user-${at}`, at))
  })
  const chains = [...sessions]
  await measure('a refresh', rows * generations, async (at) => {
    const { refresh_token } = chains[at % rows] ?? owner
    chains[at % rows] = await caller.json('/v1/sessions/refresh', at % rows, { refresh_token })
  })
  await measure('a personal token', rows, (at) =>
    caller.send('POST', '/v1/tokens', at, chains[at]?.access_token, { label: 'a script of mine' }),
  )
  await measure('a logout', rows, (at) => caller.send('DELETE', '/v1/sessions/current', at, chains[at]?.access_token))
  await measure('a wrong password, each from another address', rows, async (at) => {
    const status = await caller.status('/v1/sessions', rows + at, { username: `user-${at}`, password: `${password}!` })
    if (status !== 401) throw new Error(`a wrong password got ${status}`)
  })
  return found
}

/** The calls, each from an address of its own. */
class Caller {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async status(path: string, from: number, body: object): Promise<number> {
    const response = await this.#fetch('POST', path, from, undefined, body)
    await response.arrayBuffer()
    return response.status
  }

  async send(method: string, path: string, from: number, token: string | undefined, body?: object): Promise<void> {
    const response = await this.#fetch(method, path, from, token, body)
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
  }

  async json(path: string, from: number, body: object): Promise<Tokens> {
    const response = await this.#fetch('POST', path, from, undefined, body)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Tokens
  }

  logIn(username: string, from: number): Promise<Tokens> {
    return this.json('/v1/sessions', from, { username, password })
  }

  #fetch(method: string, path: string, from: number, token: string | undefined, body?: object): Promise<Response> {
    const headers = {
      'x-forwarded-for': `10.${(from >> 16) & 255}.${(from >> 8) & 255}.${from & 255}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    return fetch(`${this.#url}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
  }
}

/** Some at once, in order of their numbers. */
async function inTurns(count: number, happen: (at: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await happen(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

function growthOf(
  event: string,
  count: number,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Growth {
  const grown = [...after].map(([name, bytes]): [string, number] => [name, (bytes - (before.get(name) ?? 0)) / count])
  const tables = grown.filter(([, bytes]) => bytes >= 1)
  return { event, count, bytes: tables.reduce((sum, [, bytes]) => sum + bytes, 0), tables: Object.fromEntries(tables) }
}
