import { setTimeout as pause } from 'node:timers/promises'
import type { Seeded } from '../campaign/seeded.ts'
import type { Invariant } from './invariants.ts'
import type { IssuedToken, Tokens } from './tokens.ts'
import type { RemoteVerifier } from './verifier.ts'

export type Report = (invariant: Invariant, detail: string) => void

/** Heartbeats come every second: below it a verifier would be silent between them. */
export const maxStalenessSeconds = 1.5
/** Beside the staleness: the clock of an acknowledgement is read after it, that of a question before it. */
const marginSeconds = 0.1
export const boundWords = `${maxStalenessSeconds} s (maxStalenessSeconds), and a margin of ${marginSeconds} s`
/** What ended longer ago is asked about less often. */
const recentMilliseconds = 5000

/** Asks each verifier about tokens all the time. */
export class Watch {
  accepted = 0
  refused = 0
  readonly #tokens: Tokens
  readonly #random: Seeded
  readonly #report: Report
  readonly #lanes: readonly Promise<void>[]
  #isOver = false

  constructor(verifiers: readonly RemoteVerifier[], tokens: Tokens, random: Seeded, report: Report) {
    this.#tokens = tokens
    this.#random = random
    this.#report = report
    this.#lanes = verifiers.map((verifier) => this.#ask(verifier))
  }

  /** @throws Error if the process of a verifier has ended. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#lanes)
  }

  async #ask(verifier: RemoteVerifier): Promise<void> {
    while (!this.#isOver) {
      const token = this.#choose()
      if (token) await this.#askAbout(verifier, token)
      await pause(3)
    }
  }

  #choose(): IssuedToken | undefined {
    const { all } = this.#tokens
    const now = performance.now()
    const recent = all.filter(({ endedAt, state }) => state === 'ending' || now - endedAt < recentMilliseconds)
    return recent.length > 0 && this.#random.below(4) > 0 ? this.#random.pick(recent) : this.#random.pick(all)
  }

  async #askAbout(verifier: RemoteVerifier, token: IssuedToken): Promise<void> {
    const askedAt = performance.now()
    const outcome = await verifier.verify(token.text)
    if (outcome !== 'accepted') {
      this.refused++
      return
    }
    this.accepted++
    if (verifier.whenSilent === 'open') return
    const late = (askedAt - token.endedAt) / 1000
    if (late <= maxStalenessSeconds + marginSeconds) return
    const after = `${late.toFixed(2)} s after its end (${token.endedBy}) was acknowledged`
    const { ageSeconds, revocations } = await verifier.status()
    const known = `it knows ${revocations} revocations as of ${ageSeconds?.toFixed(2)} s ago`
    this.#report('bound', `a verifier with ${verifier.whenSilent} accepted a token ${after}; ${known}`)
  }
}
