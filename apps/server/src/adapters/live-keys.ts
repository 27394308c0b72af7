import {
  AuthError,
  type KeyRetention,
  KeyRing,
  type Keys,
  type MasterKey,
  SealError,
  StoreError,
} from '@countersign/core'

type WatchedKeys = Pick<Keys, 'list' | 'revision'>

/** The key ring in memory. Read from the store again when the store's key revision changes. */
export class LiveKeys {
  readonly #stored: WatchedKeys
  readonly #masterKey: MasterKey
  readonly #retention: KeyRetention
  #ring: KeyRing | undefined
  #revision: number | undefined

  constructor(stored: WatchedKeys, masterKey: MasterKey, retention: KeyRetention) {
    this.#stored = stored
    this.#masterKey = masterKey
    this.#retention = retention
  }

  /**
   * Keys that were read once stay while the store is not available: what is answered from memory is answered then, too. They do not
   * stay once another master key seals the keys: what this process would seal, no other could open.
   *
   * @throws SealError if another master key sealed the keys.
   * @throws AuthError `unavailable` if it did so after they were read.
   * @throws StoreError if no keys were read yet and the store is not available.
   */
  async reload(): Promise<void> {
    try {
      await this.#read()
    } catch (error) {
      if (!this.#ring) throw error
      if (error instanceof SealError) throw new AuthError('unavailable', { cause: error })
      if (!(error instanceof StoreError && error.kind === 'unavailable')) throw error
    }
  }

  async #read(): Promise<void> {
    // Read the revision before the sets: a change in between then causes one more reload. Otherwise it would be missed.
    const revision = await this.#stored.revision()
    if (revision === this.#revision) return
    const ring = KeyRing.open(await this.#stored.list(), this.#masterKey, this.#retention)
    // Another call may have read a later state meanwhile. A revision never falls while the database is open.
    if (this.#revision !== undefined && revision < this.#revision) return
    this.#ring = ring
    this.#revision = revision
  }

  /** The current key ring. It is immutable: read this getter again for each piece of work. */
  get ring(): KeyRing {
    if (!this.#ring) throw new Error('the keys are not read yet')
    return this.#ring
  }
}
