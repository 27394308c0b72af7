import { localCaller } from '@countersign/core'
import { goodPassword, type TestServer as Harness, startTestServer as startHarness } from '@countersign/server/testing'
import { testClock } from './clock.ts'
import { asked, requireShape } from './input.ts'
import { mintForClient, mintForUser } from './minting.ts'
import type {
  TestApiOptions,
  TestClient,
  TestClientOptions,
  TestClock,
  TestServer,
  TestServerOptions,
  TestTokenOptions,
  TestUser,
  TestUserOptions,
} from './surface.ts'
import { TestServerError } from './test-server-error.ts'
import { timeOf } from './times.ts'

/** Tests log in more often than users do. */
const generous = { 'max-sessions': '1000000', 'max-personal-tokens': '1000000', 'max-vendor-sessions': '1000000' }

/**
 * Starts a server in this process, on a free port of 127.0.0.1. All of it is in memory: the database, the keys and the log. It is the
 * server that `countersign serve` runs, with cheap password hashes.
 *
 * @throws TestServerError if an option is wrong. Errors of the system, such as a port that is in use, are its `cause`.
 *
 * @example
 * ```ts
 * import { startTestServer } from '@countersign/testing'
 *
 * await using server = await startTestServer({ users: [{ username: 'ada', role: 'manager' }] })
 * const me = await fetch(`${server.url}/v1/me`, { headers: { authorization: `Bearer ${await server.token('ada')}` } })
 * console.log(me.status)
 * ```
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  requireShape('startTestServer', options)
  const { dialects = [], clock = testClock(), users = [], clients = [], apis = [], port, settings } = options
  const time = timeOf(clock)
  const flags = { ...generous, dialects: dialects.length === 0 ? 'none' : dialects.join(), ...settings }
  const inside = { inMemory: true, cheapHashes: true, issuerIsUrl: true, time, flags }
  const harness = await asked('startTestServer', () =>
    startHarness({ ...inside, ...(port === undefined ? {} : { port }) }),
  )
  const server = new RunningServer(harness, clock)
  try {
    for (const api of apis) await server.addApi(api)
    await Promise.all(users.map((user) => server.addUser(user)))
    for (const client of clients) await server.addClient(client)
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

class RunningServer implements TestServer {
  readonly clock: TestClock
  readonly #harness: Harness
  readonly #users = new Map<string, TestUser>()
  readonly #clients = new Map<string, TestClient>()
  #closing: Promise<void> | undefined

  constructor(harness: Harness, clock: TestClock) {
    this.#harness = harness
    this.clock = clock
  }

  get url(): string {
    return this.#harness.url
  }

  get issuer(): string {
    return this.#harness.authority.domain.issuer
  }

  user(username: string): TestUser {
    return found('user', username, this.#users)
  }

  client(name: string): TestClient {
    return found('client', name, this.#clients)
  }

  async addUser(options: TestUserOptions): Promise<TestUser> {
    requireShape('user', options)
    const { username, role = 'viewer', password = goodPassword } = options
    const { id } = await asked(`user ${username}`, () => this.#harness.user(username, role, password))
    const user = { id, username, password, role }
    this.#users.set(username, user)
    return user
  }

  async addClient(options: TestClientOptions): Promise<TestClient> {
    requireShape('client', options)
    const { name, role, audience, apis = [] } = options
    const wanted = apis.map(({ resource, ...rest }) => ({ identifier: resource, ...rest }))
    const given = { name, role, audience, apis: wanted }
    const made = await asked(`client ${name}`, () => this.#harness.client(given))
    const client = { id: made.client.id, name, secret: made.secret }
    this.#clients.set(name, client)
    return client
  }

  async addApi(options: TestApiOptions): Promise<void> {
    requireShape('api', options)
    const { resource, scopes = [], tokenForm = 'jwt', accessLifetimeSeconds, allowedOrigins = [] } = options
    const full = scopes.map((scope) => (typeof scope === 'string' ? { name: scope } : scope))
    const api = {
      identifier: resource,
      name: options.name ?? (URL.canParse(resource) ? new URL(resource).host || resource : resource),
      scopes: full.map(({ name, description = name, leastRole = 'viewer' }) => ({ name, description, leastRole })),
      tokenForm,
      accessLifetimeSeconds,
      allowedOrigins,
    }
    await asked(`api ${resource}`, () => this.#harness.authority.useCases.apis.create(api, localCaller))
  }

  async mintToken(options: TestTokenOptions): Promise<string> {
    requireShape('token', options)
    const { subject, ...terms } = options
    const { ageSeconds = 0 } = terms
    if (!(Number.isSafeInteger(ageSeconds) && ageSeconds >= 0))
      throw new TestServerError('token: ageSeconds is a whole number from 0')
    const { store } = this.#harness.authority
    return asked(`token for ${subject}`, async () => {
      const known = this.#clients.get(subject)
      const client = known && !this.#users.has(subject) ? await store.clients.find(known.id) : undefined
      if (client) return mintForClient(this.#harness, client, terms)
      const { id } = this.#users.get(subject) ?? (await this.addUser({ username: subject, role: terms.role }))
      const user = await store.users.find(id)
      if (!user) throw new TestServerError(`the user ${subject} was deleted`)
      return mintForUser(this.#harness, user, terms)
    })
  }

  async token(subject: string): Promise<string> {
    if (!this.#clients.has(subject)) this.user(subject)
    return this.mintToken({ subject })
  }

  async revoke(token: string): Promise<void> {
    const { revocation } = this.#harness.authority.useCases
    const existed = await asked('revoke', () => revocation.revokePresented(token, localCaller))
    if (!existed) throw new TestServerError('revoke: this server did not issue such a token')
  }

  fail(fault: Parameters<TestServer['fail']>[0]): void {
    try {
      this.#harness.faults.order(fault)
    } catch (error) {
      throw new TestServerError(`fail: ${(error as Error).message}`, error)
    }
  }

  mend(): void {
    this.#harness.faults.clear()
  }

  async rotateKeys(): Promise<string> {
    const { config, useCases } = this.#harness.authority
    const { kid } = await useCases.keys.rotate(config.signingAlgorithm, localCaller)
    await this.#harness.authority.reloadKeys()
    return kid
  }

  async revokeKeys(): Promise<readonly string[]> {
    const { revoked } = await this.#harness.authority.useCases.keys.revokeAll(localCaller)
    await this.#harness.authority.reloadKeys()
    return revoked
  }

  auditCounts(): Promise<Readonly<Record<string, number>>> {
    return this.#harness.auditCounts()
  }

  log(): string {
    return this.#harness.log()
  }

  close(): Promise<void> {
    this.#closing ??= this.#harness.close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function found<T>(kind: string, name: string, among: ReadonlyMap<string, T>): T {
  const one = among.get(name)
  if (one !== undefined) return one
  throw new TestServerError(`there is no ${kind} ${name}; there are ${[...among.keys()].join(', ') || 'none'}`)
}
