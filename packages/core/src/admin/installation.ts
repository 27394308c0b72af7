import type { Domain } from '../domain/domain.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Caller } from '../model/caller.ts'

/** Another issuer than the one that was served last. */
export interface IssuerChange {
  readonly before: string
  /** How many live Authorizations end with it: they are not meant for the new issuer. */
  readonly ending: number
}

/** What a store remembers of the server on it: its clock, and the issuer that it serves. */
export class Installation {
  readonly #deps: Pick<Domain, 'store' | 'clock'>

  constructor(deps: Pick<Domain, 'store' | 'clock'>) {
    this.#deps = deps
  }

  /** What serving this issuer changes. `undefined`: nothing, or none was served before. */
  async issuerChange(issuer: string): Promise<IssuerChange | undefined> {
    const { store, clock } = this.#deps
    const before = await store.marks.servedIssuer()
    if (before === undefined || before === issuer) return undefined
    return { before, ending: await store.authorizations.countMeantForOthers({ issuer, latest: clock.latest() }) }
  }

  /** Records the issuer that is served from now on. */
  recordIssuer(issuer: string, by: Caller): Promise<void> {
    const event = auditEvent({ action: 'issuer_changed', detail: { issuer } }, by, this.#deps)
    return this.#deps.store.marks.recordServedIssuer(issuer, event)
  }

  /** Lowers the stored high-water mark to the wall clock: the administrator says that it is right. */
  resetClock(by: Caller): Promise<void> {
    const event = auditEvent({ action: 'clock_reset' }, by, this.#deps)
    return this.#deps.store.marks.resetHighWater(event.at, event)
  }
}
