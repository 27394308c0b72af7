// An authenticator app, as tests hold it in their hand. It must not know the server.
import { totpCode, totpStepSeconds } from '@countersign/core'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6. */
export function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}

/** The test's clock, as far as an authenticator needs it. */
export interface AdvancingTime {
  /** Milliseconds since the epoch. */
  wall(): number
  advance(seconds: number): void
}

/** Shows codes of one secret by the test's clock. */
export class Authenticator {
  readonly #secret: Uint8Array
  readonly #time: AdvancingTime

  /** @param secret Base32, or its bytes. */
  constructor(secret: string | Uint8Array, time: AdvancingTime) {
    this.#secret = typeof secret === 'string' ? fromBase32(secret) : secret
    this.#time = time
  }

  /** @param steps Before or after the present one. */
  code(steps = 0): string {
    return totpCode(this.#secret, Math.floor(this.#time.wall() / 1000 / totpStepSeconds) + steps)
  }

  /** Waits for the next code, which cannot have been used yet. */
  next(): string {
    this.#time.advance(totpStepSeconds)
    return this.code()
  }

  /** Six digits that are no code now. */
  wrong(): string {
    const near = [-2, -1, 0, 1, 2].map((steps) => this.code(steps))
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code)) ?? ''
  }
}
