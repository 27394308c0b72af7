import type { AccessClaims } from './access-claims.ts'
import { digestText } from './digest.ts'

interface Entry {
  readonly claims: AccessClaims
  readonly kid: string
}

/**
 * Signatures that were found good, under the digest of the whole token (N-088). It saves the verification only: the
 * Authorization is read at every check. Bounded: the oldest entry goes first.
 */
export class VerifiedCache {
  readonly #entries = new Map<string, Entry>()
  readonly #capacity: number

  /** @param capacity Tokens kept at most. Default is 10 000 (about 6 MB). */
  constructor(capacity = 10_000) {
    this.#capacity = capacity
  }

  get(token: string): Entry | undefined {
    return this.#entries.get(digestText(token))
  }

  add(token: string, entry: Entry): void {
    if (this.#entries.size >= this.#capacity) {
      const [oldest] = this.#entries.keys()
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    this.#entries.set(digestText(token), entry)
  }
}
