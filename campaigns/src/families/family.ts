import { randomBytes } from 'node:crypto'
import type { Credentials } from '@countersign/server/testing/process'
import type { ApiPath, Calls, TokenSet } from '../campaign/calls.ts'
import type { Seeded } from '../campaign/seeded.ts'
import { type Call, logOut, type Operation } from './history.ts'

/** How often each operation is chosen, in a thousand. The rest are uses of an access token. */
const shares = { refresh: 130, retry: 30, alone: 4, replay: 3, revoke: 3, logOut: 3 } as const
/** Well within the retry window. */
const longestMilliseconds = 20_000
const mostOperations = 400
/** The calls of each client after the family was seen revoked, which nothing may undo. */
const callsAfterRevocation = 2

const newKey = (): string => randomBytes(18).toString('base64url')

/** One client: its own connection, and its own choices. */
export interface FamilyClient {
  readonly calls: Calls
  readonly random: Seeded
  /** Introspects access tokens. */
  readonly introspector: Credentials
}

/** One login and all tokens that follow from it, used by many clients at once. */
export class Family {
  readonly operations: Operation[] = []
  readonly #beganAt = performance.now()
  /** Refresh tokens in the order in which they were first seen. */
  readonly #tokens: string[]
  readonly #keys: string[] = []
  readonly #accesses: string[]
  #revoked = false

  constructor({ refresh_token, access_token }: TokenSet) {
    this.#tokens = [refresh_token]
    this.#accesses = [access_token]
  }

  /** Lets all clients call at once, until the limits are reached. @throws UnexpectedAnswer */
  async use(clients: readonly FamilyClient[]): Promise<void> {
    await Promise.all(clients.map((client) => this.#callRepeatedly(client)))
  }

  async #callRepeatedly(client: FamilyClient): Promise<void> {
    for (let left = callsAfterRevocation; left > 0; left -= this.#revoked ? 1 : 0) {
      if (this.operations.length >= mostOperations || performance.now() - this.#beganAt > longestMilliseconds) return
      const from = performance.now()
      const calls = await this.#callOnce(client)
      const to = performance.now()
      this.operations.push(...calls.map((call) => ({ ...call, from, to })))
      this.#revoked ||= calls.some(showsRevocation)
    }
  }

  #callOnce(client: FamilyClient): Promise<readonly Call[]> {
    const { random } = client
    const newest = this.#tokens.length - 1
    let choice = random.below(1000)
    const falls = (share: number) => {
      choice -= share
      return choice < 0
    }
    if (falls(shares.refresh)) return this.#refresh(client, newest, this.#keyOf(newest))
    if (falls(shares.retry)) return this.#refresh(client, Math.max(newest - 1, 0), this.#keyOf(newest - 1))
    if (falls(shares.alone)) return this.#refresh(client, newest, random.below(2) === 0 ? undefined : newKey())
    if (falls(shares.replay)) return this.#refresh(client, random.below(newest + 1), undefined)
    if (falls(shares.revoke)) return this.#revoke(client)
    if (falls(shares.logOut)) return this.#logOut(client)
    return this.#access(client)
  }

  /** The retry key that all clients of the family use for a token. */
  #keyOf(token: number): string {
    const at = Math.max(token, 0)
    this.#keys[at] ??= newKey()
    return this.#keys[at]
  }

  async #refresh({ calls, random }: FamilyClient, token: number, key: string | undefined): Promise<readonly Call[]> {
    const tokens = await calls.refresh(this.#tokens[token] as string, key, somePath(random))
    if (!tokens) return [{ kind: 'refresh', token, key }]
    this.#accesses.push(tokens.access_token)
    return [{ kind: 'refresh', token, key, got: this.#numberOf(tokens.refresh_token) }]
  }

  #numberOf(text: string): number {
    const known = this.#tokens.indexOf(text)
    return known < 0 ? this.#tokens.push(text) - 1 : known
  }

  async #revoke({ calls, random }: FamilyClient): Promise<readonly Call[]> {
    await calls.revoke(random.pick(this.#tokens) as string)
    return [{ kind: 'revoke' }]
  }

  async #logOut({ calls, random }: FamilyClient): Promise<readonly Call[]> {
    return logOut(await calls.logOut(random.pick(this.#accesses) as string))
  }

  async #access({ calls, random, introspector }: FamilyClient): Promise<readonly Call[]> {
    const token = random.pick(this.#accesses) as string
    const isNative = somePath(random) === 'native'
    const accepted = isNative ? await calls.isAccepted(token) : await calls.isActive(token, introspector)
    return [{ kind: 'access', accepted }]
  }
}

const somePath = (random: Seeded): ApiPath => (random.below(2) === 0 ? 'native' : 'oauth')

const showsRevocation = (call: Call): boolean => {
  switch (call.kind) {
    case 'refresh':
      return call.got === undefined
    case 'access':
      return !call.accepted
    default:
      return true
  }
}
