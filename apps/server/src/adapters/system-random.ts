import { randomFillSync } from 'node:crypto'
import type { Random } from '@countersign/core'

/** A read from the system costs the same for 16 bytes as for this many. */
const poolBytes = 4096

/** The system's random generator, read in blocks. Bytes that were handed out are wiped from the block. */
class SystemRandom implements Random {
  readonly #pool = Buffer.alloc(poolBytes)
  #used = poolBytes

  bytes(count: number): Uint8Array {
    if (count > poolBytes / 16) return randomFillSync(new Uint8Array(count))
    if (this.#used + count > poolBytes) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    const taken = this.#pool.subarray(this.#used, this.#used + count)
    const bytes = new Uint8Array(taken)
    taken.fill(0)
    this.#used += count
    return bytes
  }
}

export const systemRandom: Random = new SystemRandom()
