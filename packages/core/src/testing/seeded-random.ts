import { type Cipheriv, createCipheriv, hash } from 'node:crypto'
import type { Random } from '../ports/system/random.ts'

/** Bytes that look random and are the same at every run: AES-256-CTR under a digest of the seed. */
export class SeededRandom implements Random {
  readonly #stream: Cipheriv

  constructor(seed = 'countersign') {
    this.#stream = createCipheriv('aes-256-ctr', hash('sha256', seed, 'buffer'), Buffer.alloc(16))
  }

  bytes(count: number): Uint8Array {
    return this.#stream.update(Buffer.alloc(count))
  }
}
