import { setTimeout as pause } from 'node:timers/promises'
import type { IssuedToken, Tokens } from './tokens.ts'
import type { RemoteVerifier } from './verifier.ts'
import type { Report } from './watch.ts'

/** A quiet stream is noticed after 2.5 s, and the longest pause before the next is 2 s. */
const longestSeconds = 10

/** What must hold when the faults are over. */
export class Settling {
  readonly #verifiers: readonly RemoteVerifier[]
  readonly #tokens: Tokens
  readonly #report: Report

  constructor(verifiers: readonly RemoteVerifier[], tokens: Tokens, report: Report) {
    this.#verifiers = verifiers
    this.#tokens = tokens
    this.#report = report
  }

  async expectLive(): Promise<void> {
    await this.#expect(this.#tokens.live, true, (verifier, outcome) =>
      this.#report('live', `a verifier with ${verifier.whenSilent} refuses a live token: ${outcome}`),
    )
  }

  async expectEnded(): Promise<void> {
    await this.#expect(this.#tokens.ended, false, (verifier, _outcome, { endedBy }) =>
      this.#report('ended', `a verifier with ${verifier.whenSilent} accepts a token that ended (${endedBy})`),
    )
  }

  /** @param makeFresh A verifier that has read nothing. */
  async expectAgreement(makeFresh: () => RemoteVerifier): Promise<void> {
    await using fresh = makeFresh()
    const known = this.#tokens.all
    const first = known[0]
    if (first) await this.#untilNotSilent(fresh, first)
    const expected = await Promise.all(known.map(({ text }) => fresh.verify(text)))
    const { feed, revocations } = await fresh.status()
    const end = performance.now() + longestSeconds * 1000
    for (const verifier of this.#verifiers) {
      let status = await verifier.status()
      while ((status.isSilent || status.feed !== feed) && performance.now() < end) {
        await pause(20)
        status = await verifier.status()
      }
      const { whenSilent } = verifier
      if (status.isSilent) this.#report('agrees', `a verifier with ${whenSilent} is silent`)
      if (status.feed !== feed) this.#report('agrees', `a verifier with ${whenSilent} knows another feed`)
      // It may hold more: entries of an earlier feed.
      if (status.revocations < revocations)
        this.#report(
          'agrees',
          `a verifier with ${whenSilent} holds ${status.revocations} of ${revocations} revocations`,
        )
      const outcomes = await Promise.all(known.map(({ text }) => verifier.verify(text)))
      const differs = known.filter((_, i) => (outcomes[i] === 'accepted') !== (expected[i] === 'accepted'))
      for (const { state, endedBy } of differs)
        this.#report('agrees', `a verifier with ${whenSilent} decides otherwise about a token: ${state} ${endedBy}`)
    }
  }

  async #untilNotSilent(verifier: RemoteVerifier, { text }: IssuedToken): Promise<void> {
    const end = performance.now() + longestSeconds * 1000
    while ((await verifier.verify(text)) === 'verifier_silent' && performance.now() < end) await pause(20)
  }

  /** Each verifier decides so about each of the tokens, within the bound. */
  async #expect(
    tokens: readonly IssuedToken[],
    accepted: boolean,
    otherwise: (verifier: RemoteVerifier, outcome: string, token: IssuedToken) => void,
  ): Promise<void> {
    const end = performance.now() + longestSeconds * 1000
    for (const verifier of this.#verifiers) {
      for (const token of tokens) {
        let outcome = await verifier.verify(token.text)
        while ((outcome === 'accepted') !== accepted && performance.now() < end) {
          await pause(20)
          outcome = await verifier.verify(token.text)
        }
        if ((outcome === 'accepted') !== accepted) return otherwise(verifier, outcome, token)
      }
    }
  }
}
