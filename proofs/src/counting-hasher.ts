import type { PasswordHasher, PasswordVerdict, Random } from '@countersign/core'
import { testMasterKey } from '@countersign/core/testing'
import { Argon2Hasher } from '@countersign/server'

/** Parameters far below what the configuration allows: proofs compute thousands of hashes. */
const quick = { memoryKib: 64, passes: 1, concurrency: 2, queue: 1000 }

/** The real hasher, and how many hashes were asked of it: what a refused guess must not have cost. */
export class CountingHasher implements PasswordHasher {
  computed = 0
  unreadable = 0
  readonly #random: Random
  #hasher: Argon2Hasher

  constructor(random: Random) {
    this.#random = random
    this.#hasher = this.#make(quick)
  }

  /** From now on with other parameters. */
  configure(parameters: Partial<typeof quick>): void {
    this.#hasher = this.#make({ ...quick, ...parameters })
  }

  async hash(password: string, signal?: AbortSignal, claim?: string): Promise<string> {
    const hash = await this.#hasher.hash(password, signal, claim)
    this.computed++
    return hash
  }

  async verify(
    spellings: readonly string[],
    hash: string | undefined,
    signal?: AbortSignal,
    claim?: string,
  ): Promise<PasswordVerdict> {
    const verdict = await this.#hasher.verify(spellings, hash, signal, claim)
    this.computed += spellings.length
    return verdict
  }

  #make(parameters: typeof quick): Argon2Hasher {
    const onUnreadableHash = () => {
      this.unreadable++
    }
    return new Argon2Hasher({ ...parameters, masterKey: testMasterKey, random: this.#random, onUnreadableHash })
  }
}
