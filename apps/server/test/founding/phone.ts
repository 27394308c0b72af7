// The authenticator app of a user, by the clock of a server.
import { totpCode, totpStepSeconds } from '@countersign/core'
import { fromBase32 } from '../authenticator.ts'
import type { FoundingServer } from './founding-server.ts'

export class Phone {
  readonly #secret: Uint8Array
  readonly #server: FoundingServer
  #lastStep = 0

  /** @param secret Base32, as it is shown. */
  constructor(secret: string, server: FoundingServer) {
    this.#secret = fromBase32(secret)
    this.#server = server
  }

  /** A code that was never shown. Of the present step there is one: for the next one some time has to pass. */
  async code(): Promise<string> {
    const step = Math.max(this.#presentStep, this.#lastStep + 1)
    if (step > this.#presentStep) await this.#server.later(totpStepSeconds)
    this.#lastStep = step
    return totpCode(this.#secret, step)
  }

  get #presentStep(): number {
    return Math.floor(this.#server.now() / 1000 / totpStepSeconds)
  }
}
