import { randomFillSync } from 'node:crypto'
import type { Random } from '@countersign/core'

/** Asking the system costs the same for 16 bytes as for so many. */
const poolBytes = 4096

/** The system's source of random bytes, asked for many at a time. What was handed out is wiped from the pool. */
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
