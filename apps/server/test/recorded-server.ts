// A whole server whose every answer is judged by the contract, with time that stands still until told otherwise, and
// short ways to have tokens of every kind without the price of a password hash each.
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  AuthError,
  type Client,
  createUser,
  digest,
  type Factor,
  type IncompleteKind,
  nativeSessionPolicy,
  newAuthorization,
  newSecret,
  type Role,
  renewRecoveryCodes,
  type SessionPolicy,
  type TokenSet,
} from '@countersign/core'
import { databaseFile } from '../src/data-folder/data-folder.ts'
import { goodPassword, startTestServer, type TestServer, type TestServerOptions } from '../src/testing/test-server.ts'
import { ManualTime } from '../src/testing/time.ts'
import { Authenticator } from './authenticator.ts'
import { type Answer, type Question, Recorder } from './contract/recorder.ts'

/** `SQLITE_BUSY`: somebody else writes. */
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

const local = { address: undefined, requestId: undefined }

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
  // Tests log in more often than people do.
  const flags = {
    'trusted-proxies': '127.0.0.1',
    'max-sessions': '1000000',
    'max-personal-tokens': '1000000',
    ...options.flags,
  }
  return new RecordedServer(await startTestServer({ time, ...options, flags }), time)
}

export class RecordedServer {
  readonly server: TestServer
  readonly time: ManualTime
  readonly #recorder: Recorder
  #people = 0

  /** Sends a request in its own way, for whoever watches what each does. Default: it is sent. */
  around: (method: string, path: string, send: () => Promise<Answer>) => Promise<Answer> = (_method, _path, send) =>
    send()

  constructor(server: TestServer, time: ManualTime) {
    this.server = server
    this.time = time
    this.#recorder = new Recorder(server.listening.port)
  }

  get exercised(): ReadonlySet<string> {
    return this.#recorder.exercised
  }

  get issuer(): string {
    return this.server.authority.domain.issuer
  }

  /** Sends a request and judges the answer by the contract. */
  readonly ask = (method: string, path: string, question?: Question): Promise<Answer> =>
    this.around(method, path, () => this.#recorder.ask(method, path, question))

  user(username: string, role: Role = 'viewer', password?: string): Promise<{ readonly id: string }> {
    return this.server.user(username, role, password)
  }

  /** Somebody with an authenticator that is set up, and no code of it used yet. */
  async enrolled(
    requiredFactors: readonly Factor[] = ['totp'],
    password: string | undefined = requiredFactors.includes('password') ? goodPassword : undefined,
    role: Role = 'viewer',
  ): Promise<EnrolledPerson> {
    const { domain, useCases } = this.server.authority
    const username = `enrolled-${++this.#people}`
    const { id } = await createUser(domain, { username, role, password, requiredFactors }, undefined, local)
    const secret = await useCases.totp.setUp(id, undefined, local)
    return { id, username, password, authenticator: new Authenticator(secret, this.time) }
  }

  /** New recovery codes of a person. */
  async recoveryCodes(userId: string): Promise<string[]> {
    const codes = await renewRecoveryCodes(this.server.authority.domain, userId, undefined, local)
    return codes.map((code) => code.reveal())
  }

  client(...given: Parameters<TestServer['client']>): Promise<RegisteredClient> {
    return this.server.client(...given)
  }

  /** A session of a person, as if they had just logged in. */
  async session(userId: string, policy: SessionPolicy = nativeSessionPolicy): Promise<Tokens> {
    const { useCases, store } = this.server.authority
    // Until nobody changed the person in between.
    for (;;) {
      const user = await store.users.find(userId)
      if (!user) throw new Error('there is no such person')
      const opened = await useCases.sessions.open({ user, factors: ['password'] }, policy, local).catch(ifStale)
      if (opened) return texts(opened)
    }
  }

  /** A session whose login was so many seconds ago. */
  async agedSession(userId: string, policy: SessionPolicy, ageSeconds: number): Promise<Tokens> {
    const { sessions, accessTokens } = this.server.authority.useCases
    const check = await accessTokens.check((await this.session(userId)).access)
    if (check.outcome !== 'active') throw new Error(check.outcome)
    const { authorization } = check.access
    const earlier = { ...authorization, authenticatedAt: authorization.authenticatedAt - ageSeconds }
    return texts(await sessions.openBeside({ ...check.access, authorization: earlier }, policy, local))
  }

  /** What completes a person's login, as if they had just logged in. */
  async incomplete(userId: string, kind: IncompleteKind): Promise<{ readonly id: string; readonly access: string }> {
    const { useCases, store } = this.server.authority
    const user = await store.users.find(userId)
    if (!user) throw new Error('there is no such person')
    const set = await useCases.sessions.openIncomplete({ user, factors: ['password'] }, kind, local)
    return { id: set.authorization.id, access: set.accessToken.reveal() }
  }

  /** A long-lived token of a client, with a refresh token. */
  async fixedToken(
    client: Client,
    given: { readonly dialect: string; readonly lifetimeSeconds: number },
  ): Promise<Tokens> {
    const request = { client, ...given, refreshLifetimeSeconds: 30 * 86_400 }
    return texts(await this.server.authority.useCases.fixedTokens.issue(request, local))
  }

  /** A session's tokens, narrowed (RFC 6749 §6) as any OAuth library would. */
  async narrowed(userId: string, scope: string): Promise<string> {
    const { refresh } = await this.session(userId)
    const body = form({ grant_type: 'refresh_token', client_id: 'countersign', refresh_token: refresh, scope })
    return String((await this.ask('POST', '/oauth2/token', { body })).body.access_token)
  }

  cookieOf(authorizationId: string): string {
    return this.server.authority.useCases.accessTokens.issueCookie(authorizationId).reveal()
  }

  async machineToken(client: Client, audience?: readonly string[]): Promise<string> {
    const { clientCredentials } = this.server.authority.useCases
    return (await clientCredentials.issue({ client, audience }, local)).accessToken.reveal()
  }

  /** A personal token; through the store, since no operation of this version makes one. */
  async personalToken(userId: string, scope: readonly string[] = ['read', 'write']): Promise<string> {
    const { domain, store } = this.server.authority
    const user = await store.users.find(userId)
    if (!user) throw new Error('there is no such person')
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
    const database = this.database()
    try {
      return database.prepare(text).all(...parameters)
    } finally {
      database.close()
    }
  }

  /**
   * The same, for whoever comes when the server may be writing: it writes in this very process, so a lock is waited for on
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
    return new DatabaseSync(databaseFile(this.server.authority.config.data), { timeout: 2000 })
  }

  async close(): Promise<void> {
    this.#recorder.close()
    await this.server.close()
  }
}

function texts({ authorization, accessToken, refreshToken }: TokenSet): Tokens {
  if (!refreshToken) throw new Error('there is no refresh token')
  return { id: authorization.id, access: accessToken.reveal(), refresh: refreshToken.reveal() }
}

function ifStale(error: unknown): undefined {
  if (!(error instanceof AuthError && error.code === 'credentials_invalid')) throw error
}
