/**
 * Which accounts have guesses under credential this process.
 *
 * A guess is counted before it is verified, so a few correct logins of one account at once look like wrong ones until they
 * are verified. A caller who is refused meanwhile waits here for an outcome and tries again.
 */
export class InFlight {
  readonly #accounts = new Map<string, { inside: number; waiting: (() => void)[] }>()

  has(account: string): boolean {
    return (this.#accounts.get(account)?.inside ?? 0) > 0
  }

  /** Resolves when a guess of this account was verified. */
  outcome(account: string): Promise<void> {
    return new Promise((resolve) => {
      const entry = this.#accounts.get(account)
      if (entry) entry.waiting.push(resolve)
      else resolve()
    })
  }

  /** A guess was admitted: in the same step, so that no later refusal misses it. */
  enter(account: string): void {
    const entry = this.#accounts.get(account) ?? { inside: 0, waiting: [] }
    this.#accounts.set(account, entry)
    entry.inside++
  }

  /** It was verified. */
  leave(account: string): void {
    const entry = this.#accounts.get(account)
    if (!entry) return
    entry.inside--
    if (entry.inside === 0) this.#accounts.delete(account)
    // One outcome admits at most one more; after the last, all must be woken.
    for (const wake of entry.waiting.splice(0, entry.inside === 0 ? entry.waiting.length : 1)) wake()
  }
}
