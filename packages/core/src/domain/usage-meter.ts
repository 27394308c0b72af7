import type { Usage, Use } from '../ports/store/usage.ts'
import type { Clock } from '../ports/system/clock.ts'

interface Issues {
  readonly clientId: string
  readonly minute: number
  count: number
}

/** Rows of a report, so that its commit takes a few milliseconds. */
const rowsPerReport = 128

/**
 * Counts in memory what happens too often to be written each time: uses of Authorizations, client tokens issued.
 * The caller runs `flush` about once a minute and at the end.
 */
export class UsageMeter {
  readonly #clock: Pick<Clock, 'latest'>
  #uses = new Map<string, Use>()
  #issues = new Map<string, Issues>()

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

  /**
   * Hands everything counted so far to the store in reports of a bounded size, each of which is a commit: one for all would be
   * as long as the load was high, and every other write would wait for it. What was not stored is kept for the next time.
   */
  async flush(usage: Usage): Promise<void> {
    if (this.#uses.size === 0 && this.#issues.size === 0) return
    const uses = this.#uses
    const issues = this.#issues
    this.#uses = new Map()
    this.#issues = new Map()
    try {
      for (const part of partsOf(uses, issues)) {
        const report = { uses: new Map(part.uses), issues: part.issues.map(([, issue]) => issue) }
        await usage.record({ latest: this.#clock.latest(), ...report })
        for (const [id] of part.uses) uses.delete(id)
        for (const [key] of part.issues) issues.delete(key)
      }
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

/** Uses first, then issues, as many as a report may have. The first report has both where they fit. */
function partsOf(uses: ReadonlyMap<string, Use>, issues: ReadonlyMap<string, Issues>) {
  const [allUses, allIssues] = [[...uses], [...issues]]
  const count = Math.ceil((allUses.length + allIssues.length) / rowsPerReport)
  return Array.from({ length: count }, (_, part) => {
    const [from, to] = [part * rowsPerReport, (part + 1) * rowsPerReport]
    return {
      uses: allUses.slice(from, to),
      issues: allIssues.slice(Math.max(0, from - allUses.length), Math.max(0, to - allUses.length)),
    }
  })
}
