/**
 * A whole issuer under a test's control: the real store on a real file, the real password hasher, the domain's use cases. Time
 * stands still until a test advances it, and randomness is seeded. It has no HTTP: tests of the wire start a server.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Caller,
  type Client,
  createUseCases,
  type Domain,
  defaultPolicy,
  firstPartyClientId,
  KeyRing,
  type KeyRotationDeps,
  localCaller,
  type NewClient,
  nativeSessionPolicy,
  Passwords,
  type Policy,
  type RefreshRequest,
  type SessionPolicy,
  type StoredKeySet,
  type TokenSet,
  UsageMeter,
  type UseCases,
  type User,
} from '@countersign/core'
import { FixedClock, SeededRandom, testMasterKey } from '@countersign/core/testing'
import type { StoreHandle } from '@countersign/store'
import type { RefusedWrite } from '@countersign/store/testing'
import { CountingHasher } from './counting-hasher.ts'
import { type IssuerDatabase, inFile, type Kept, keeping } from './issuer-database.ts'
import { addUser, goodPassword, type NewPerson } from './people.ts'

export const issuerUrl = 'https://auth.example'

/** Native sessions with the hex tokens of a dialect. */
export const hexSessionPolicy: SessionPolicy = { ...nativeSessionPolicy, dialect: 'cikit', accessForm: 'hex' }

export const from = (address: string | undefined): Caller => ({ context: { address, requestId: undefined } })
/** The default address of requests. */
export const here = from('192.0.2.1')

export interface TestIssuerOptions {
  readonly seed?: string
  readonly retention?: KeyRotationDeps['retention']
  readonly policy?: Partial<Policy>
  readonly isCommonPassword?: Domain['isCommonPassword']
}

/** The longest lifetimes that the tests use. */
const defaultRetention = { longestAccessSeconds: 3600, longestRefreshSeconds: 30 * 86_400 }

export async function openTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-proof-'))
  const database = await keeping.database?.()
  const issuer = new TestIssuer(folder, options, database)
  await issuer.begin()
  return issuer
}

export class TestIssuer implements AsyncDisposable {
  readonly clock = new FixedClock()
  readonly random: SeededRandom
  readonly hasher: CountingHasher
  readonly folder: string
  readonly #options: TestIssuerOptions
  readonly #database: IssuerDatabase
  #process: { readonly store: StoreHandle; readonly domain: Domain; readonly useCases: UseCases } | undefined
  #ring: KeyRing | undefined

  constructor(folder: string, options: TestIssuerOptions, database?: IssuerDatabase) {
    this.folder = folder
    this.#database = database ?? inFile(this.path)
    this.#options = options
    this.random = new SeededRandom(options.seed ?? 'issuer')
    this.hasher = new CountingHasher(this.random)
  }

  get path(): string {
    return join(this.folder, 'countersign.db')
  }

  get store(): StoreHandle {
    return required(this.#process).store
  }

  get domain(): Domain {
    return required(this.#process).domain
  }

  get useCases(): UseCases {
    return required(this.#process).useCases
  }

  get ring(): KeyRing {
    return required(this.#ring)
  }

  get keyDeps(): KeyRotationDeps {
    const { store, clock, random } = this
    return { store, clock, random, masterKey: testMasterKey, retention: this.#options.retention ?? defaultRetention }
  }

  /** Opens the database as a new process would: only what was written is known. */
  async begin(): Promise<void> {
    const store = await this.#database.open(this.clock)
    const domain: Domain = {
      store,
      clock: this.clock,
      random: this.random,
      hasher: new Passwords(this.hasher),
      usage: new UsageMeter(this.clock),
      issuer: issuerUrl,
      keys: () => this.ring,
      retention: this.#options.retention ?? defaultRetention,
      policy: { ...defaultPolicy, maxSessions: 10_000, ...this.#options.policy },
      masterKey: testMasterKey,
      isCommonPassword: this.#options.isCommonPassword ?? (() => false),
    }
    this.#process = { store, domain, useCases: createUseCases(domain) }
    if ((await store.keys.list()).length === 0) await this.useCases.keys.rotate('ES256', here)
    await this.reloadKeys()
  }

  async restart(): Promise<void> {
    await this.store.close()
    await this.begin()
  }

  /** A second process on the same database, with caches and counters of its own. */
  async another(): Promise<UseCases & AsyncDisposable> {
    const store = await this.#database.open(this.clock)
    const domain = { ...this.domain, store, usage: new UsageMeter(this.clock) }
    return { ...createUseCases(domain), [Symbol.asyncDispose]: () => store.close() }
  }

  async reloadKeys(): Promise<void> {
    const { store, masterKey, retention } = this.keyDeps
    this.#ring = KeyRing.open(await store.keys.list(), masterKey, retention)
  }

  async rotateKeys(): Promise<StoredKeySet> {
    const set = await this.useCases.keys.rotate('ES256', here)
    await this.reloadKeys()
    return set
  }

  async revokeKeys(kid: string): Promise<void> {
    await this.useCases.keys.revoke(kid, here)
    await this.reloadKeys()
  }

  async revokeAllKeys(): ReturnType<UseCases['keys']['revokeAll']> {
    const outcome = await this.useCases.keys.revokeAll(here)
    await this.reloadKeys()
    return outcome
  }

  addUser(given: NewPerson = {}): Promise<User> {
    return addUser(this, given)
  }

  addClient(given: Partial<NewClient> = {}): ReturnType<UseCases['clients']['create']> {
    return this.useCases.clients.create({ name: 'robot', ...given }, localCaller)
  }

  async login(
    username = 'alice',
    policy = nativeSessionPolicy,
    password = goodPassword,
    circumstances = here,
  ): Promise<TokenSet> {
    const who = await this.useCases.login.authenticate({ username, password }, circumstances)
    return this.useCases.sessions.open({ who, policy }, circumstances)
  }

  refresh(refreshToken: string, given: Partial<RefreshRequest> = {}, useCases = this.useCases): Promise<TokenSet> {
    const by = { clientId: firstPartyClientId, dialect: nativeSessionPolicy.dialect }
    return useCases.refresh.exchange({ refreshToken, by, ...given }, here)
  }

  /** Whether an access token is accepted now. */
  async accepts(accessToken: string, useCases = this.useCases): Promise<boolean> {
    return (await useCases.accessTokens.check(accessToken)).outcome === 'active'
  }

  machineToken(client: Client): Promise<TokenSet> {
    return this.useCases.clientCredentials.issue({ client }, here)
  }

  /** Runs SQL over another connection. */
  sql(text: string, ...parameters: (string | number | null)[]): Record<string, unknown>[] {
    return this.#database.sql(text, parameters)
  }

  /** Whether the store answers a read from memory until a commit. */
  get remembersAnswers(): boolean {
    return this.#database.remembersAnswers
  }

  /** The database refuses every such write until this is disposed of. */
  refuse(write: RefusedWrite): Disposable {
    return this.#database.refuse(write)
  }

  /** All that the database keeps. */
  kept(): Kept {
    return this.#database.kept()
  }

  /** Changes the database over another connection, and returns in the turn of the event loop in which the store notices it. */
  async change(text: string, ...parameters: (string | number | null)[]): Promise<void> {
    this.sql(text, ...parameters)
    await nextTurn()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the issuer was not started')
  return value
}

/** The raw token; fails the test where there is none. */
export function reveal(token: { reveal(): string } | undefined): string {
  if (!token) throw new Error('there is no such token')
  return token.reveal()
}
