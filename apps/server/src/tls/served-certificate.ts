// The certificate of the TLS listener. It is reloaded while the server runs, so that a renewal needs no restart.
import type { Term } from '@countersign/core'
import type { Logger } from '../log/logger.ts'
import { type TermState, termOf, termStateOf } from './certificate-term.ts'
import type { TlsMaterial } from './tls.ts'

export interface ServedCertificateParts {
  /** Reads key and certificate. Rejects if they are missing, open to others, or do not match. */
  readonly read: () => Promise<TlsMaterial>
  readonly logger: Logger
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Key and certificate are two files; while they are being replaced they do not match. */
const toleratedFailures = 1

export class ServedCertificate {
  readonly #parts: ServedCertificateParts
  #material: TlsMaterial
  #term: Term
  #state: TermState = 'valid'
  #failures = 0

  /** Reads them for the first time. Rejects as `read` does. */
  static async open(parts: ServedCertificateParts): Promise<ServedCertificate> {
    return new ServedCertificate(parts, await parts.read())
  }

  private constructor(parts: ServedCertificateParts, material: TlsMaterial) {
    this.#parts = parts
    this.#material = material
    this.#term = termOf(material.cert)
    this.#logState()
  }

  get material(): TlsMaterial {
    return this.#material
  }

  get term(): Term {
    return this.#term
  }

  /**
   * Reloads the files. If they cannot be used, this is logged, and the last valid pair stays in use.
   *
   * @param asked Whether a reload was requested; a first failure is logged then as well.
   * @returns The new pair, or `undefined` if it has not changed.
   */
  async renewed(asked: boolean): Promise<TlsMaterial | undefined> {
    const { read, logger } = this.#parts
    const found = await this.#attempt(read, asked)
    if (found !== undefined && (found.cert !== this.#material.cert || found.key !== this.#material.key)) {
      this.#material = found
      this.#term = termOf(found.cert)
      this.#state = 'valid'
      logger.info('certificate_renewed', { seconds: this.#term.until - this.#nowSeconds() })
      this.#logState()
      return found
    }
    this.#logState()
    return undefined
  }

  async #attempt(read: ServedCertificateParts['read'], asked: boolean): Promise<TlsMaterial | undefined> {
    try {
      const found = await read()
      this.#failures = 0
      return found
    } catch (error) {
      this.#failures++
      const isNews = this.#failures === toleratedFailures + 1
      if (isNews || asked) this.#parts.logger.error('certificate_unusable', { error })
      return undefined
    }
  }

  /** Logs each state other than `valid` once. */
  #logState(): void {
    const now = this.#nowSeconds()
    const state = termStateOf(this.#term, now)
    if (state === this.#state) return
    this.#state = state
    if (state !== 'valid') this.#parts.logger.warn(state, { seconds: this.#term.until - now })
  }

  #nowSeconds(): number {
    return Math.floor(this.#parts.now() / 1000)
  }
}
