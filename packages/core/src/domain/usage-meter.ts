import type { Usage, Use } from '../ports/store/usage.ts'
import type { Clock } from '../ports/system/clock.ts'

/**
 * Counts in memory what happens too often to be written each time: uses of Authorizations, client tokens issued.
 * The caller runs `flush` about once a minute and at the end.
 */
export class UsageMeter {
  readonly #clock: Pick<Clock, 'latest'>
  #uses = new Map<string, Use>()
  #issues = new Map<string, { clientId: string; minute: number; count: number }>()

  constructor(clock: Pick<Clock, 'latest'>) {
    this.#clock = clock
  }

  used(authorizationId: string, use: Use): void {
    this.#uses.set(authorizationId, use)
  }

  /** The last use that is not stored yet. `undefined`: there is none. */
  lastUse(authorizationId: string): Use | undefined {
    return this.#uses.get(authorizationId)
  }

  issued(clientId: string, at: number): void {
    const minute = Math.floor(at / 60)
    const key = `${minute} ${clientId}`
    const known = this.#issues.get(key)
    if (known) known.count++
    else this.#issues.set(key, { clientId, minute, count: 1 })
  }

  /** Hands everything counted so far to the store, in one commit; keeps it for the next time if that fails. */
  async flush(usage: Usage): Promise<void> {
    if (this.#uses.size === 0 && this.#issues.size === 0) return
    const uses = this.#uses
    const issues = this.#issues
    this.#uses = new Map()
    this.#issues = new Map()
    try {
      await usage.record({ latest: this.#clock.latest(), uses, issues: [...issues.values()] })
    } catch (error) {
      for (const [id, use] of uses) if (!this.#uses.has(id)) this.#uses.set(id, use)
      for (const [key, issue] of issues) {
        const since = this.#issues.get(key)
        this.#issues.set(key, { ...issue, count: issue.count + (since?.count ?? 0) })
      }
      throw error
    }
  }
}
