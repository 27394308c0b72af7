import { randomBytes } from 'node:crypto'
import type { Seeded } from '../campaign/seeded.ts'
import type { Calls, Pair } from './calls.ts'
import { type Deed, logOut, type Operation } from './history.ts'

/** How often each thing is done, in a thousand. The rest: looks at an access token. */
const shares = { refresh: 130, retry: 30, alone: 4, replay: 3, revoke: 3, logOut: 3 } as const
/** Long before the retry window closes: what comes after it is another matter. */
const longestMilliseconds = 20_000
const mostOperations = 400
/** So many times each caller asks on after the family was seen dead: nothing may bring it back. */
const afterDeath = 2

const newKey = (): string => randomBytes(18).toString('base64url')

/** One caller: its own connection, and its own choices. */
export interface Caller {
  readonly calls: Calls
  readonly random: Seeded
}

/** One login and everything that comes of it, in the hands of many callers at once. */
export class Family {
  readonly operations: Operation[] = []
  readonly #beganAt = performance.now()
  /** Refresh tokens in the order in which they were first seen. */
  readonly #tokens: string[]
  readonly #keys: string[] = []
  readonly #accesses: string[]
  #dead = false

  constructor({ refresh, access }: Pair) {
    this.#tokens = [refresh]
    this.#accesses = [access]
  }

  /** All callers at once, until nothing more is to be learnt. @throws UnexpectedAnswer */
  async live(callers: readonly Caller[]): Promise<void> {
    await Promise.all(callers.map((caller) => this.#use(caller)))
  }

  async #use({ calls, random }: Caller): Promise<void> {
    for (let left = afterDeath; left > 0; left -= this.#dead ? 1 : 0) {
      if (this.operations.length >= mostOperations || performance.now() - this.#beganAt > longestMilliseconds) return
      const from = performance.now()
      const deeds = await this.#something(calls, random)
      const to = performance.now()
      this.operations.push(...deeds.map((deed) => ({ ...deed, from, to })))
      this.#dead ||= deeds.some(isDeath)
    }
  }

  #something(calls: Calls, random: Seeded): Promise<readonly Deed[]> {
    const newest = this.#tokens.length - 1
    let choice = random.below(1000)
    const falls = (share: number) => {
      choice -= share
      return choice < 0
    }
    if (falls(shares.refresh)) return this.#refresh(calls, random, newest, this.#keyOf(newest))
    if (falls(shares.retry)) return this.#refresh(calls, random, Math.max(newest - 1, 0), this.#keyOf(newest - 1))
    if (falls(shares.alone)) return this.#refresh(calls, random, newest, random.below(2) === 0 ? undefined : newKey())
    if (falls(shares.replay)) return this.#refresh(calls, random, random.below(newest + 1), undefined)
    if (falls(shares.revoke)) return this.#revoke(calls, random)
    if (falls(shares.logOut)) return this.#logOut(calls, random)
    return this.#look(calls, random)
  }

  /** The key by which everybody refreshes a token who means to be the same client. */
  #keyOf(token: number): string {
    const at = Math.max(token, 0)
    this.#keys[at] ??= newKey()
    return this.#keys[at]
  }

  async #refresh(calls: Calls, random: Seeded, token: number, key: string | undefined): Promise<readonly Deed[]> {
    const text = this.#tokens[token] as string
    const pair = await calls.refresh(text, key, random.below(2) === 0 ? 'native' : 'oauth')
    if (!pair) return [{ kind: 'refresh', token, key }]
    this.#accesses.push(pair.access)
    return [{ kind: 'refresh', token, key, got: this.#numberOf(pair.refresh) }]
  }

  #numberOf(text: string): number {
    const known = this.#tokens.indexOf(text)
    return known < 0 ? this.#tokens.push(text) - 1 : known
  }

  async #revoke(calls: Calls, random: Seeded): Promise<readonly Deed[]> {
    await calls.revoke(random.pick(this.#tokens) as string)
    return [{ kind: 'revoke' }]
  }

  async #logOut(calls: Calls, random: Seeded): Promise<readonly Deed[]> {
    return logOut(await calls.logOut(random.pick(this.#accesses) as string))
  }

  async #look(calls: Calls, random: Seeded): Promise<readonly Deed[]> {
    const access = random.pick(this.#accesses) as string
    return [{ kind: 'look', accepted: await calls.look(access, random.below(2) === 0 ? 'native' : 'oauth') }]
  }
}

const isDeath = (deed: Deed): boolean => {
  switch (deed.kind) {
    case 'refresh':
      return deed.got === undefined
    case 'look':
      return !deed.accepted
    default:
      return true
  }
}
