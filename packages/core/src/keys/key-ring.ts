/*
 * Key sets: made, sealed under the master key, opened, and which of them signs or verifies at a time.
 * This folder must not know what is signed, nor who rotates.
 */
import type { StoredKeySet } from '../ports/store/keys.ts'
import { type KeySet, openKeySet, type PublicJwk } from './key-set.ts'
import type { MasterKey } from './sealing.ts'

/** How long what was made under a superseded set may still be alive. */
export interface KeyRetention {
  /** The longest life of any signed access token. */
  readonly longestAccessSeconds: number
  /** The longest life of anything under the set's secret: refresh tokens, opaque tokens. */
  readonly longestRefreshSeconds: number
}

/**
 * `signing`: new tokens are made under it. `published`: it signs later. `verifying`: what was signed with it may be alive.
 * `retired`: only what was made with its secret may be. `revoked`: nothing made under it is accepted.
 */
export type KeyState = 'signing' | 'published' | 'verifying' | 'retired' | 'revoked'

/**
 * All key sets of the issuer at one moment. Immutable: a rotation makes a new ring.
 *
 * A set is published from its creation, signs from its activation until its successor's, verifies until the longest
 * life after that, and is dead then (N-093, N-096). A revoked one is dead at once (N-097).
 */
export class KeyRing {
  readonly #sets: readonly KeySet[]
  readonly #byKid: ReadonlyMap<string, KeySet>
  readonly #byNumber: ReadonlyMap<number, KeySet>
  readonly #retention: KeyRetention

  constructor(sets: readonly KeySet[], retention: KeyRetention) {
    this.#sets = [...sets].sort((a, b) => a.activatesAt - b.activatesAt || a.createdAt - b.createdAt)
    this.#byKid = new Map(sets.map((set) => [set.kid, set]))
    this.#byNumber = new Map(sets.map((set) => [set.number, set]))
    this.#retention = retention
  }

  /** @throws SealError under another master key. */
  static open(stored: readonly StoredKeySet[], masterKey: MasterKey, retention: KeyRetention): KeyRing {
    return new KeyRing(
      stored.map((set) => openKeySet(set, masterKey)),
      retention,
    )
  }

  /**
   * The set that new tokens are made under. Never a superseded one, whatever became of its successor: nothing made under
   * it would live long. A clock that is stepped back does not make a superseded set sign again (S13).
   *
   * @param latest `Clock.latest()`, epoch seconds.
   * @throws Error if no set is usable: a store without one never opens.
   */
  current(latest: number): KeySet {
    let oldest: KeySet | undefined
    let active: KeySet | undefined
    for (const set of this.#sets) {
      if (set.revokedAt !== undefined || (set.supersededAt !== undefined && latest >= set.supersededAt)) continue
      oldest ??= set
      if (set.activatesAt <= latest) active = set
    }
    // None is active yet where the high-water mark was reset, or where the active one was revoked before its successor's
    // time: the oldest is the best answer then.
    const current = active ?? oldest
    if (!current) throw new Error('no key set is usable: run "countersign keys rotate"')
    return current
  }

  /** The set by the `kid` of a signed token, while it may verify. The `kid` is a map key and nothing else (N-075). */
  forSignature(kid: string, latest: number): KeySet | undefined {
    const set = this.#byKid.get(kid)
    return set && this.#lives(set, latest, this.#retention.longestAccessSeconds) ? set : undefined
  }

  /** The set by the number in an opaque or refresh token, while its secret may verify. */
  forSecret(number: number, latest: number): KeySet | undefined {
    const set = this.#byNumber.get(number)
    return set && this.#lives(set, latest, this.#retention.longestRefreshSeconds) ? set : undefined
  }

  /** What the JWKS shows: every set that may verify, and the one that is about to sign. */
  published(latest: number): readonly PublicJwk[] {
    return this.#sets
      .filter((set) => this.#lives(set, latest, this.#retention.longestAccessSeconds))
      .map((set) => set.publicJwk)
  }

  /**
   * Numbers of the sets that need not be kept any more: everything that was ever made under them would have ended by itself.
   * A revoked set is kept for as long, although nothing under it is accepted, so that it can still be listed as revoked.
   */
  dead(latest: number): readonly number[] {
    return this.#sets.filter((set) => latest >= this.#lastEnd(set)).map((set) => set.number)
  }

  get sets(): readonly KeySet[] {
    return this.#sets
  }

  /** What a set is used for at this moment. */
  stateOf(set: KeySet, latest: number): KeyState {
    if (set.revokedAt !== undefined) return 'revoked'
    if (this.current(latest).kid === set.kid) return 'signing'
    if (set.activatesAt > latest) return 'published'
    return this.forSignature(set.kid, latest) ? 'verifying' : 'retired'
  }

  /** When everything that was made under the set has ended, so that a rotation removes it. `undefined` while it may sign. */
  removableAt(set: KeySet): number | undefined {
    const end = this.#lastEnd(set)
    return Number.isFinite(end) ? end : undefined
  }

  /** When the last token that was made under the set ends by itself. Infinity while the set may still sign. */
  #lastEnd({ supersededAt, revokedAt }: KeySet): number {
    const { longestAccessSeconds, longestRefreshSeconds } = this.#retention
    const { POSITIVE_INFINITY: never } = Number
    return Math.min(supersededAt ?? never, revokedAt ?? never) + Math.max(longestAccessSeconds, longestRefreshSeconds)
  }

  #lives(set: KeySet, latest: number, longestSeconds: number): boolean {
    if (set.revokedAt !== undefined) return false
    return set.supersededAt === undefined || latest < set.supersededAt + longestSeconds
  }
}
