/** What a user or client may do. Each role inherits what those before it may do. */
export type TestRole = 'viewer' | 'manager' | 'owner'

/**
 * The clocks of a server: they move only forward, and `advance` moves them at once.
 *
 * @example
 * ```ts
 * import { startTestServer, testClock } from '@countersign/testing'
 *
 * const clock = testClock({ standsAt: new Date('2030-01-01T00:00:00Z') })
 * await using server = await startTestServer({ clock })
 * clock.advance(3600)
 * console.log(server.clock.now())
 * ```
 */
export interface TestClock {
  /** Seconds since 1970, as a whole number. */
  now(): number
  /**
   * @param seconds How far all clocks of the server go forward. 0 or more.
   * @throws TestServerError for any other value.
   */
  advance(seconds: number): void
}

/** Options of `testClock`. */
export interface TestClockOptions {
  /** Where the clock stands until it is advanced. Default is a clock that runs like the system's. */
  readonly standsAt?: Date | undefined
}

/** A user to create. */
export interface TestUserOptions {
  readonly username: string
  /** Default is `viewer`. */
  readonly role?: TestRole | undefined
  /** Default is `correct horse battery staple`. It follows the server's rules, except that no list of known passwords is asked. */
  readonly password?: string | undefined
}

/** A user of the server. */
export interface TestUser {
  readonly id: string
  readonly username: string
  readonly password: string
  readonly role: TestRole
}

/** A scope of an API (RFC 6749 §3.3). */
export interface TestScope {
  readonly name: string
  /** Default is the name. */
  readonly description?: string | undefined
  /** The least role of a user or client that may have it. Default is `viewer`. */
  readonly leastRole?: TestRole | undefined
}

/** An API to register: a resource server that tokens are meant for (RFC 8707). */
export interface TestApiOptions {
  /** An absolute URI without a fragment: the value of `resource`, and the `aud` of its tokens. */
  readonly resource: string
  /** Default is the host of the resource. */
  readonly name?: string | undefined
  /** Names, or more about each. Default is none. */
  readonly scopes?: readonly (string | TestScope)[] | undefined
  /** Default is `jwt` (RFC 9068). `opaque` tokens can only be introspected (RFC 7662). */
  readonly tokenForm?: 'jwt' | 'opaque' | undefined
  /** Lifetime of its access tokens, 60 to 3600 seconds. Default is that of the session (600) or the client (3600). */
  readonly accessLifetimeSeconds?: number | undefined
  /** Origins of pages that may use its tokens (CORS). Default is none. */
  readonly allowedOrigins?: readonly string[] | undefined
}

/** An API that a client may ask for tokens for. */
export interface TestClientApi {
  readonly resource: string
  /** Names with spaces between them. Default is none. */
  readonly scope?: string | undefined
  /** Whether the client may exchange tokens that it received for tokens for this API (RFC 8693). Default is false. */
  readonly mayAct?: boolean | undefined
}

/** A client to register. */
export interface TestClientOptions {
  readonly name: string
  /** Default is `viewer`. A client is never the owner. */
  readonly role?: Exclude<TestRole, 'owner'> | undefined
  /** The APIs that it may ask for tokens for. Default is the issuer alone, with `read write`. */
  readonly apis?: readonly TestClientApi[] | undefined
  /** The resources whose own program it is: it may introspect their tokens. Default is none. */
  readonly audience?: readonly string[] | undefined
}

/** A client of the server. */
export interface TestClient {
  readonly id: string
  readonly name: string
  readonly secret: string
}

/** Options of `startTestServer`. */
export interface TestServerOptions {
  /** Vendors' dialects to serve: `manifold`, `cikit`, `lyve`, `efa`, `insight`. Default is none. */
  readonly dialects?: readonly string[] | undefined
  /** Default is a clock that runs like the system's until it is advanced. */
  readonly clock?: TestClock | undefined
  /** Default is none. */
  readonly users?: readonly TestUserOptions[] | undefined
  /** Registered after the APIs. Default is none. */
  readonly clients?: readonly TestClientOptions[] | undefined
  /** Default is none. */
  readonly apis?: readonly TestApiOptions[] | undefined
  /** Default is a free port of 127.0.0.1. */
  readonly port?: number | undefined
  /** Settings of the server by the flags of `countersign serve`, without dashes: `{ 'retry-window-seconds': '2' }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined
}

/**
 * A fault: `429` and `503` refuse, and nothing is done; `'cut'` closes the connection without a response after the operation was done
 * and committed; `delaySeconds` sends the response of a finished operation late.
 */
export type TestFaultKind = 429 | 503 | 'cut' | { readonly delaySeconds: number }

/** A fault to happen. */
export interface TestFault {
  readonly with: TestFaultKind
  /** The operation's id in the contract (`refreshSession`) or its method and path (`POST /v1/sessions/refresh`). Default is any. */
  readonly operation?: string | undefined
  /** How many calls it happens to. `Infinity` lasts until `mend`. Default is 1. */
  readonly times?: number | undefined
  /** `Retry-After` of a refusal, in whole seconds. Default is 1. */
  readonly retryAfterSeconds?: number | undefined
}

/** What a minted token says. */
export interface TestTokenOptions {
  /** The name of a user or of a client. A user who does not exist is created, with `role`. */
  readonly subject: string
  /** The role of a user's token: at most the user's own. Default is the user's own; of a new user `viewer`. */
  readonly role?: TestRole | undefined
  /** Names with spaces between them. Default is all that the subject may have there. */
  readonly scope?: string | undefined
  /** The API that it is meant for: the issuer, or one of `apis`. Default is the issuer, or a client's only API. */
  readonly resource?: string | undefined
  /** How long ago it was issued, for tokens that have expired. Default is 0. */
  readonly ageSeconds?: number | undefined
}

/** A running server. `await using` closes it. */
export interface TestServer {
  /** Without a slash at its end: `http://127.0.0.1:PORT`. */
  readonly url: string
  /** The `iss` of its tokens. It is `url`, unless `settings` name another. */
  readonly issuer: string
  readonly clock: TestClock
  /** A user by name. @throws TestServerError if there is none. */
  user(username: string): TestUser
  /** A client by name. @throws TestServerError if there is none. */
  client(name: string): TestClient
  /** @throws TestServerError for a value that the server refuses. */
  addUser(options: TestUserOptions): Promise<TestUser>
  /** @throws TestServerError for a value that the server refuses. */
  addClient(options: TestClientOptions): Promise<TestClient>
  /** @throws TestServerError for a value that the server refuses. */
  addApi(options: TestApiOptions): Promise<void>
  /**
   * Issues an access token, as a login or a client's token request would. It is a JWT (RFC 9068), unless the API has opaque ones.
   *
   * @throws TestServerError for a role, scope or resource that the subject cannot have.
   */
  mintToken(options: TestTokenOptions): Promise<string>
  /** The token of an existing user or client for the issuer. @throws TestServerError if there is no such subject. */
  token(subject: string): Promise<string>
  /** Revokes what a token stands for: a user's session, a client's token. @throws TestServerError for an unknown token. */
  revoke(token: string): Promise<void>
  /** Orders a fault. Faults of one operation happen one after the other. @throws TestServerError for a wrong value. */
  fail(fault: TestFault): void
  /** Withdraws every fault that has not happened. */
  mend(): void
  /** Publishes the next signing key. It is used 360 seconds later: `clock.advance(360)`. @returns Its `kid`. */
  rotateKeys(): Promise<string>
  /** Revokes every signing key, and signs with a new one at once. @returns The revoked kids. */
  revokeKeys(): Promise<readonly string[]>
  /** How often each action stands in the audit trail: `{ authorization_created: 2, … }`. */
  auditCounts(): Promise<Readonly<Record<string, number>>>
  /** What the server logged, one JSON object a line. */
  log(): string
  /** Closes the port and forgets everything. May be called again. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
