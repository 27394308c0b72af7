// The folder adapters/ implements the domain's ports with Node.js: password hashing, clocks, randomness, live keys,
// droplets. It must not know HTTP or commands.
import { argon2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import {
  type MasterKey,
  openHash,
  type PasswordHasher,
  type PasswordVerdict,
  passwordPepper,
  type Random,
  SealError,
  sealHash,
} from '@countersign/core'
import { HashSlots } from './hash-slots.ts'
import { type Argon2Cost, readHash, type StoredHash, writeHash } from './phc.ts'

const argon2Async = promisify(argon2)

const saltBytes = 16
const tagBytes = 32

export interface Argon2Options {
  /**
   * At least 19456 KiB with 2 passes, or 47104 KiB with one (OWASP ASVS 5.0, appendix C). The configuration enforces
   * it.
   */
  readonly memoryKib: number
  readonly passes: number
  /** Hashes computed at once. Each takes one thread of the libuv pool and `memoryKib`. */
  readonly concurrency: number
  /**
   * Unknown callers that may wait; the next one is rejected with `overloaded`. Known callers have as many places of
   * their own.
   */
  readonly queue: number
  /** The pepper is derived from it, or sealed under it, so that a copy of the database alone does not allow guessing passwords (S14). */
  readonly masterKey: MasterKey
  /** The pepper as the database keeps it since the master key was replaced. New hashes are sealed then. Default: none. */
  readonly sealedPepper?: Uint8Array | undefined
  readonly random: Random
  /** Called when a stored hash has another format or exceeds the bounds: the database was altered from outside. */
  readonly onUnreadableHash: () => void
}

/** Hashes passwords with Argon2id (RFC 9106) and a pepper in the thread pool; limits how many run at once (S14). */
export class Argon2Hasher implements PasswordHasher {
  readonly #options: Argon2Options
  readonly #cost: Argon2Cost
  readonly #pepper: Buffer
  readonly #slots: HashSlots

  constructor(options: Argon2Options) {
    this.#options = options
    this.#cost = { memoryKib: options.memoryKib, passes: options.passes, parallelism: 1 }
    this.#pepper = Buffer.from(passwordPepper(options.sealedPepper, options.masterKey))
    this.#slots = new HashSlots(options.concurrency, options.queue)
  }

  hash(password: string, signal?: AbortSignal, claim?: string): Promise<string> {
    const salt = this.#newSalt()
    return this.#slots.run(
      async () => {
        const tag = await this.#tag(password, { ...this.#cost, salt, tag: Buffer.alloc(tagBytes) })
        return this.#sealed(writeHash({ ...this.#cost, salt, tag }))
      },
      signal,
      claim,
    )
  }

  verify(
    spellings: readonly string[],
    hash: string | undefined,
    signal?: AbortSignal,
    claim?: string,
  ): Promise<PasswordVerdict> {
    return this.#slots.run(
      async () => {
        const stored = hash === undefined ? undefined : this.#read(hash)
        if (hash !== undefined && !stored) this.#options.onUnreadableHash()
        // An unknown user costs the same work as a known one, and never matches (I9).
        const compared = stored ?? { ...this.#cost, salt: this.#newSalt(), tag: Buffer.alloc(tagBytes) }
        const isWeak = stored !== undefined && this.#isOutdated(stored)
        for (const [place, password] of spellings.entries()) {
          const equal = timingSafeEqual(await this.#tag(password, compared), compared.tag)
          if (equal && stored !== undefined) return { matches: true, outdated: place > 0 || isWeak }
        }
        return { matches: false, outdated: isWeak }
      },
      signal,
      claim,
    )
  }

  #sealed(hash: string): string {
    const { sealedPepper, masterKey, random } = this.#options
    return sealedPepper === undefined ? hash : sealHash(hash, masterKey, random)
  }

  #read(stored: string): StoredHash | undefined {
    try {
      return readHash(openHash(stored, this.#options.masterKey))
    } catch (error) {
      if (error instanceof SealError) return undefined
      throw error
    }
  }

  #newSalt(): Buffer {
    return Buffer.from(this.#options.random.bytes(saltBytes))
  }

  #tag(password: string, { memoryKib, passes, parallelism, salt, tag }: StoredHash): Promise<Buffer> {
    return argon2Async('argon2id', {
      message: Buffer.from(password),
      nonce: salt,
      parallelism,
      tagLength: tag.length,
      memory: memoryKib,
      passes,
      secret: this.#pepper,
    })
  }

  #isOutdated({ memoryKib, passes, parallelism, salt, tag }: StoredHash): boolean {
    const now = this.#cost
    const weaker = memoryKib < now.memoryKib || passes < now.passes || parallelism !== now.parallelism
    return weaker || salt.length < saltBytes || tag.length < tagBytes
  }
}
