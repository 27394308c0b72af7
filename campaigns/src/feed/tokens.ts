import type { Credentials } from '@countersign/server/testing/process'

/** A token that was issued, and what is known of its end. */
export interface IssuedToken {
  readonly text: string
  readonly refresh?: string
  readonly userId?: string
  readonly client?: Credentials
  /** `unknown`: the request that would have ended it was not answered. */
  state: 'live' | 'ending' | 'unknown' | 'ended'
  /** When its end was acknowledged, on this process's monotonic clock, in milliseconds. */
  endedAt: number
  endedBy: string
}

/** Every token of the campaign. */
export class Tokens {
  readonly all: IssuedToken[] = []

  add(token: Pick<IssuedToken, 'text' | 'refresh' | 'userId' | 'client'>): IssuedToken {
    const added: IssuedToken = { ...token, state: 'live', endedAt: Number.POSITIVE_INFINITY, endedBy: '' }
    this.all.push(added)
    return added
  }

  get live(): readonly IssuedToken[] {
    return this.all.filter(({ state }) => state === 'live')
  }

  get ended(): readonly IssuedToken[] {
    return this.all.filter(({ state }) => state === 'ended')
  }

  /** Ends these. If the request is not answered, whether they have ended is unknown. */
  async ending(tokens: readonly IssuedToken[], by: string, work: () => Promise<unknown>): Promise<void> {
    for (const token of tokens) token.state = 'ending'
    let state: 'unknown' | 'ended' = 'unknown'
    try {
      await work()
      state = 'ended'
    } finally {
      const endedAt = performance.now()
      for (const token of tokens)
        Object.assign(token, { state, endedBy: by, ...(state === 'ended' ? { endedAt } : {}) })
    }
  }
}
