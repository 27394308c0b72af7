import { type KeyRetention, KeyRing, type Keys, type MasterKey } from '@countersign/core'

/** The key ring as the store has it, read anew when its revision moves. */
export class LiveKeys {
  readonly #stored: Keys
  readonly #masterKey: MasterKey
  readonly #retention: KeyRetention
  #ring: KeyRing | undefined
  #revision: number | undefined

  constructor(stored: Keys, masterKey: MasterKey, retention: KeyRetention) {
    this.#stored = stored
    this.#masterKey = masterKey
    this.#retention = retention
  }

  /** @throws SealError under another master key. */
  async reload(): Promise<void> {
    // Read before the sets: a change in between is seen as one more change, and not lost.
    const revision = await this.#stored.revision()
    if (revision === this.#revision) return
    this.#ring = KeyRing.open(await this.#stored.list(), this.#masterKey, this.#retention)
    this.#revision = revision
  }

  /** As it is now. Immutable: take it anew for each piece of work. */
  get ring(): KeyRing {
    if (!this.#ring) throw new Error('the keys are not read yet')
    return this.#ring
  }
}
