// A whole server whose every answer is judged by the contract, with a clock that only a test moves, and
// short ways to have tokens of every kind without the price of a password hash each.
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  type Api,
  AuthError,
  type Client,
  digest,
  type Factor,
  type IncompleteKind,
  localCaller,
  type NewApi,
  nativeSessionPolicy,
  newAuthorization,
  newSecret,
  type Role,
  type SessionPolicy,
  type TokenSet,
} from '@countersign/core'
import { databaseFile } from '../src/data-folder/data-folder.ts'
import {
  goodPassword,
  sharing,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../src/testing/test-server.ts'
import { ManualTime } from '../src/testing/time.ts'
import { Authenticator } from './authenticator.ts'
import { type Answer, type Question, Recorder } from './contract/recorder.ts'

/** `SQLITE_BUSY`: another process writes. */
const busy = 5

/** Tokens as texts. */
export interface Tokens {
  readonly id: string
  readonly access: string
  readonly refresh: string
}

export interface RegisteredClient {
  readonly client: Client
  readonly secret: string
}

export interface EnrolledPerson {
  readonly id: string
  readonly username: string
  readonly password: string | undefined
  readonly authenticator: Authenticator
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
/** HTTP Basic, both parts as they are. */
export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})
export const cookie = (token: string) => ({ cookie: `__Host-countersign=${token}` })
export const form = (parameters: Readonly<Record<string, string>>) => new URLSearchParams(parameters)

/** Starts one; requests seem to come from wherever `X-Forwarded-For` says. */
export async function startRecordedServer(options: TestServerOptions = {}): Promise<RecordedServer> {
  const time = new ManualTime()
  // Tests log in more often than users do.
  const many = { 'max-sessions': '1000000', 'max-personal-tokens': '1000000' }
  const flags = { 'trusted-proxies': '127.0.0.1', ...many, ...options.flags }
  return new RecordedServer(await startTestServer({ time, ...options, flags }), time)
}

export class RecordedServer {
  readonly running: TestServer
  readonly time: ManualTime
  readonly #recorder: Recorder
  #people = 0

  /** Sends a request in its own way, for tests that watch what each does. Default: it is sent. */
  around: (method: string, path: string, send: () => Promise<Answer>) => Promise<Answer> = (_method, _path, send) =>
    send()

  constructor(server: TestServer, time: ManualTime) {
    this.running = server
    this.time = time
    this.#recorder = new Recorder(server.listening.port, server.authority.config.allowedOrigins)
  }

  get exercised(): ReadonlySet<string> {
    return this.#recorder.exercised
  }

  get issuer(): string {
    return this.running.authority.domain.issuer
  }

  /** As a request finds them: another instance may have revoked keys. */
  async #useCases() {
    const { useCases, reloadKeys } = this.running.authority
    await reloadKeys()
    return useCases
  }

  /** Sends a request and judges the answer by the contract. */
  readonly ask = (method: string, path: string, question?: Question): Promise<Answer> =>
    this.around(method, path, () => this.#recorder.ask(method, path, question))

  user(username: string, role: Role = 'viewer', password?: string): Promise<{ readonly id: string }> {
    return this.running.user(username, role, password)
  }

  /** A user with an authenticator that is set up, and no code of it used yet. */
  async enrolled(
    requiredFactors: readonly Factor[] = ['totp'],
    password: string | undefined = requiredFactors.includes('password') ? goodPassword : undefined,
    role: Role = 'viewer',
  ): Promise<EnrolledPerson> {
    const { useCases } = this.running.authority
    const username = `enrolled-${++this.#people}`
    const { id } = await useCases.users
      .create({ username, role, password, requiredFactors, secretLater: true }, localCaller)
      .then(({ user }) => user)
    const secret = await useCases.totp.setUp(id, localCaller)
    return { id, username, password, authenticator: new Authenticator(secret, this.time) }
  }

  /** New recovery codes of a user. */
  async recoveryCodes(userId: string): Promise<string[]> {
    const codes = await this.running.authority.useCases.recoveryCodes.renew({ userId }, localCaller)
    return codes.map((code) => code.reveal())
  }

  client(...given: Parameters<TestServer['client']>): Promise<RegisteredClient> {
    return this.running.client(...given)
  }

  /** A session of a user, as if they had just logged in. */
  async session(userId: string, policy: SessionPolicy = nativeSessionPolicy): Promise<Tokens> {
    const { store } = this.running.authority
    const useCases = await this.#useCases()
    // Until no other caller changed the user in between.
    for (;;) {
      const user = await store.users.find(userId)
      if (!user) throw new Error('there is no such user')
      const opened = await useCases.sessions
        .open({ who: { user, factors: ['password'] }, policy }, localCaller)
        .catch(ifStale)
      if (opened) return texts(opened)
    }
  }

  /** A session whose login was so many seconds ago. */
  async agedSession(userId: string, policy: SessionPolicy, ageSeconds: number): Promise<Tokens> {
    const { sessions, accessTokens } = this.running.authority.useCases
    const check = await accessTokens.check((await this.session(userId)).access)
    if (check.outcome !== 'active') throw new Error(check.outcome)
    const { authorization } = check.access
    const earlier = { ...authorization, authenticatedAt: authorization.authenticatedAt - ageSeconds }
    return texts(
      await sessions.openBeside({ access: { ...check.access, authorization: earlier }, policy }, localCaller),
    )
  }

  /** What completes a user's login, as if they had just logged in. */
  async incomplete(userId: string, kind: IncompleteKind): Promise<{ readonly id: string; readonly access: string }> {
    const { useCases, store } = this.running.authority
    const user = await store.users.find(userId)
    if (!user) throw new Error('there is no such user')
    const set = await useCases.sessions.openIncomplete({ who: { user, factors: ['password'] }, kind }, localCaller)
    return { id: set.authorization.id, access: set.accessToken.reveal() }
  }

  /** A long-lived token of a client, with a refresh token. */
  async fixedToken(
    client: Client,
    given: { readonly dialect: string; readonly lifetimeSeconds: number },
  ): Promise<Tokens> {
    const request = { client, ...given, refreshLifetimeSeconds: 30 * 86_400 }
    return texts(await (await this.#useCases()).fixedTokens.issue(request, localCaller))
  }

  /** A session's tokens, narrowed (RFC 6749 §6) as any OAuth library would. */
  async narrowed(userId: string, scope: string): Promise<string> {
    const { refresh } = await this.session(userId)
    const body = form({ grant_type: 'refresh_token', client_id: 'countersign', refresh_token: refresh, scope })
    return String((await this.ask('POST', '/oauth2/token', { body })).body.access_token)
  }

  cookieOf(authorizationId: string): string {
    return this.running.authority.useCases.accessTokens.issueCookie(authorizationId).reveal()
  }

  async machineToken(client: Client, resource?: string): Promise<string> {
    const { clientCredentials } = await this.#useCases()
    const resources = resource === undefined ? [] : [resource]
    return (await clientCredentials.issue({ client, resources }, localCaller)).accessToken.reveal()
  }

  /** Registers an API with the scopes `NAME:read` (viewer) and `NAME:write` (manager), but for what is given. */
  api(identifier: string, given: Partial<NewApi> = {}): Promise<Api> {
    const name = new URL(identifier).hostname.split('.')[0] ?? 'api'
    const scopes = [
      { name: `${name}:read`, description: `See ${name}.`, leastRole: 'viewer' },
      { name: `${name}:write`, description: `Change ${name}.`, leastRole: 'manager' },
    ] as const
    return this.running.authority.useCases.apis.create({ name, scopes, ...given, identifier }, localCaller)
  }

  /** A personal token; through the store, since no operation of this version makes one. */
  async personalToken(userId: string, scope: readonly string[] = ['read', 'write']): Promise<string> {
    const { domain, store } = this.running.authority
    const user = await store.users.find(userId)
    if (!user) throw new Error('there is no such user')
    const secret = newSecret('pat', domain.random)
    const authorization = newAuthorization(
      {
        kind: 'personal',
        subject: { kind: 'user', id: userId },
        clientId: 'countersign',
        dialect: 'native',
        roleCeiling: user.role,
        scope,
        audience: [domain.issuer],
        epoch: user.personalEpoch,
        accessForm: 'opaque',
        accessLifetimeSeconds: 3600,
        secretDigest: digest(secret.reveal()),
      },
      domain,
    )
    const subject = authorization.subject
    await store.authorizations.create(authorization, {
      at: domain.clock.now(),
      action: 'authorization_created',
      actor: subject,
      subject,
      authorizationId: authorization.id,
      clientId: 'countersign',
      address: undefined,
      requestId: undefined,
      detail: undefined,
    })
    return secret.reveal()
  }

  /** What an administrator does at the database itself, through a connection of his own. */
  sql(text: string, ...parameters: (string | number | null)[]): Record<string, unknown>[] {
    const shared = sharing.known?.(this.running.authority.config.data)
    if (shared) return shared.sql(text, parameters)
    const database = this.database()
    try {
      return database.prepare(text).all(...parameters)
    } finally {
      database.close()
    }
  }

  /**
   * The same, for a call while the server may be writing: it writes in this very process, so a lock is waited for on
   * timers.
   */
  async sqlBesideWriter(text: string, ...parameters: (string | number | null)[]): Promise<Record<string, unknown>[]> {
    const database = this.database()
    try {
      database.exec('PRAGMA busy_timeout = 0')
      const prepared = database.prepare(text)
      for (let attempts = 0; ; attempts++) {
        try {
          return prepared.all(...parameters)
        } catch (error) {
          if ((error as { errcode?: number }).errcode !== busy || attempts === 2000) throw error
        }
        await setTimeout(5)
      }
    } finally {
      database.close()
    }
  }

  /** Another process's connection to the same file. */
  database(): DatabaseSync {
    sharing.known?.(this.running.authority.config.data)?.skip()
    return new DatabaseSync(databaseFile(this.running.authority.config.data), { timeout: 2000 })
  }

  async close(): Promise<void> {
    this.#recorder.close()
    await this.running.close()
  }
}

function texts({ authorization, accessToken, refreshToken }: TokenSet): Tokens {
  if (!refreshToken) throw new Error('there is no refresh token')
  return { id: authorization.id, access: accessToken.reveal(), refresh: refreshToken.reveal() }
}

function ifStale(error: unknown): undefined {
  if (!(error instanceof AuthError && error.code === 'credentials_invalid')) throw error
}
