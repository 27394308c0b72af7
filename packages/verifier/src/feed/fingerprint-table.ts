/** Words of a key's fingerprint: 96 bits. */
const keyWords = 3
const leastSlots = 1024

/**
 * A map from texts to unsigned 32-bit numbers that expire, in one typed array. The first number of an entry is the epoch
 * second after which it may be forgotten.
 *
 * A text is kept as a fingerprint of 96 bits. Two texts of the same fingerprint (among 10^6, once in 10^17 tables) are
 * taken for each other, so that a token that is not revoked would be refused. A revoked text is always found.
 *
 * Entries are removed when the array is rebuilt: after as many insertions as it has room for. So the cost of removing
 * is constant per insertion, and the array has at most four times the slots that are needed.
 */
export class FingerprintTable {
  readonly #columns: number
  readonly #stride: number
  readonly #seeds = crypto.getRandomValues(new Uint32Array(keyWords))
  readonly #probe = new Uint32Array(keyWords)
  #slots = leastSlots
  #used = 0
  #words: Uint32Array

  /** @param columns How many numbers an entry has. */
  constructor(columns: number) {
    this.#columns = columns
    this.#stride = keyWords + columns
    this.#words = new Uint32Array(this.#slots * this.#stride)
  }

  /** Entries, with those that have expired since the last rebuilding. */
  get size(): number {
    return this.#used
  }

  /** Bytes of the array. */
  get bytes(): number {
    return this.#words.byteLength
  }

  /** Adds an entry, or raises each number of the one that exists. */
  raise(key: string, numbers: readonly number[], nowSeconds: number): void {
    // At most three quarters are used: a search ends soon, and always.
    if (this.#used * 4 >= this.#slots * 3) this.#rebuild(nowSeconds)
    this.#fingerprint(key)
    const at = this.#find(this.#words, this.#slots)
    if (this.#words[at] === 0) {
      this.#words.set(this.#probe, at)
      this.#used += 1
    }
    for (let column = 0; column < this.#columns; column += 1) {
      const word = at + keyWords + column
      this.#words[word] = Math.max(this.#words[word] ?? 0, Math.min(numbers[column] ?? 0, 0xffff_ffff))
    }
  }

  /** The number in a column; 0 if the entry does not exist or has expired. */
  get(key: string, column: number, nowSeconds: number): number {
    if (this.#used === 0) return 0
    this.#fingerprint(key)
    const at = this.#find(this.#words, this.#slots)
    if (this.#words[at] === 0 || (this.#words[at + keyWords] ?? 0) < nowSeconds) return 0
    return this.#words[at + keyWords + column] ?? 0
  }

  /** Where the probed fingerprint is, or the free slot where it would be. */
  #find(words: Uint32Array, slots: number): number {
    const [first = 0, second = 0, third = 0] = this.#probe
    let slot = second & (slots - 1)
    for (;;) {
      const at = slot * this.#stride
      if (words[at] === 0) return at
      if (words[at] === first && words[at + 1] === second && words[at + 2] === third) return at
      slot = (slot + 1) & (slots - 1)
    }
  }

  /** Drops what has expired, and makes room for as many entries as are left. */
  #rebuild(nowSeconds: number): void {
    const old = this.#words
    let live = 0
    for (let at = 0; at < old.length; at += this.#stride) {
      if (old[at] !== 0 && (old[at + keyWords] ?? 0) >= nowSeconds) live += 1
    }
    let slots = leastSlots
    while (slots * 3 < live * 6) slots *= 2
    const words = new Uint32Array(slots * this.#stride)
    for (let at = 0; at < old.length; at += this.#stride) {
      if (old[at] === 0 || (old[at + keyWords] ?? 0) < nowSeconds) continue
      this.#probe.set(old.subarray(at, at + keyWords))
      words.set(old.subarray(at, at + this.#stride), this.#find(words, slots))
    }
    this.#words = words
    this.#slots = slots
    this.#used = live
  }

  /** Three multiplicative hashes with secret seeds and a final mix each; the first is never 0. */
  #fingerprint(key: string): void {
    let [a = 0, b = 0, c = 0] = this.#seeds
    for (let index = 0; index < key.length; index += 1) {
      const unit = key.charCodeAt(index)
      a = Math.imul(a ^ unit, 0x85eb_ca6b)
      b = Math.imul(b ^ unit, 0xc2b2_ae35)
      c = Math.imul(c ^ unit, 0x9e37_79b1)
      a = (a << 13) | (a >>> 19)
      b = (b << 15) | (b >>> 17)
      c = (c << 17) | (c >>> 15)
    }
    this.#probe[0] = mixed(a ^ b) || 1
    this.#probe[1] = mixed(b ^ c)
    this.#probe[2] = mixed(c ^ key.length)
  }
}

/** The finalizer of MurmurHash3. */
function mixed(hash: number): number {
  let word = hash
  word = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35)
  return (word ^ (word >>> 16)) >>> 0
}
