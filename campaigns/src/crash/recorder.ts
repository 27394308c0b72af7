// The requests and what the server acknowledged, kept in the process that is not killed.
import type { TokenSet } from '../campaign/calls.ts'

/** Claims of a refresh token. */
interface RefreshClaims {
  readonly sid: string
  readonly generation: number
}

export type SessionIntent = { readonly kind: 'refresh'; readonly retryKey: string } | { readonly kind: 'revoke' }

/** The acknowledged state of a user's session. */
export class Session {
  refreshToken: string
  accessToken: string
  /** The previous refresh token, which must never be accepted again. */
  spentToken: string | undefined
  /** The request without an answer. */
  intent: SessionIntent | undefined
  revoked = false
  accessIssuedAt: number

  constructor(tokens: TokenSet) {
    this.refreshToken = tokens.refresh_token
    this.accessToken = tokens.access_token
    this.accessIssuedAt = Date.now()
  }

  get id(): string {
    return claimsOf(this.refreshToken).sid
  }

  get generation(): number {
    return claimsOf(this.refreshToken).generation
  }

  /** Records an acknowledged refresh. */
  advance(tokens: TokenSet): void {
    if (tokens.refresh_token !== this.refreshToken) this.spentToken = this.refreshToken
    this.refreshToken = tokens.refresh_token
    this.accessToken = tokens.access_token
    this.accessIssuedAt = Date.now()
    this.intent = undefined
  }
}

const claimsOf = (refreshToken: string): RefreshClaims =>
  JSON.parse(Buffer.from(refreshToken.split('.')[1] ?? '', 'base64url').toString())

/** A client's access token. The server stores it only when it is revoked. */
export class ClientToken {
  readonly token: string
  /** The index of the client that it was issued to. */
  readonly client: number
  readonly issuedAt = Date.now()
  revokeIntended = false
  revoked = false

  constructor(token: string, client: number) {
    this.token = token
    this.client = client
  }
}

export interface Tally {
  intents: number
  acknowledged: number
  /**
   * The requests without an answer, by what the restarted server shows. Both must occur, otherwise no kill happened near a
   * commit.
   */
  foundDone: number
  foundUndone: number
}

export class Recorder {
  readonly sessions: Session[] = []
  readonly tokens: ClientToken[] = []
  readonly tally: Tally = { intents: 0, acknowledged: 0, foundDone: 0, foundUndone: 0 }
  /** Sessions and tokens that were used since the last restart. */
  readonly touched = new Set<Session | ClientToken>()
  readonly #busy = new Set<Session | ClientToken>()
  #awaited: { readonly count: number; readonly resolve: () => void } | undefined

  intend(): void {
    this.tally.intents++
  }

  acknowledge(): void {
    this.tally.acknowledged++
    if (this.#awaited && this.tally.acknowledged >= this.#awaited.count) this.#awaited.resolve()
  }

  /** Resolves at the moment of the acknowledgement after `more - 1` others. */
  acknowledgements(more: number): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = { count: this.tally.acknowledged + more, resolve }
    })
  }

  addSession(tokens: TokenSet): void {
    const session = new Session(tokens)
    this.sessions.push(session)
    this.touched.add(session)
  }

  addToken(token: string, client: number): void {
    const added = new ClientToken(token, client)
    this.tokens.push(added)
    this.touched.add(added)
  }

  /** Reserves a live item that is not in use. Tries only a few, since the list grows long. */
  take<T extends Session | ClientToken>(
    items: readonly T[],
    pick: (items: readonly T[]) => T | undefined,
  ): T | undefined {
    for (let attempt = 0; attempt < 8; attempt++) {
      const item = pick(items)
      if (!item || item.revoked || this.#busy.has(item)) continue
      this.#busy.add(item)
      this.touched.add(item)
      return item
    }
    return undefined
  }

  giveBack(item: Session | ClientToken): void {
    this.#busy.delete(item)
  }

  /** Begins the next round, when everything was checked. */
  beginRound(): void {
    this.touched.clear()
    this.#busy.clear()
  }

  found(done: boolean): void {
    if (done) this.tally.foundDone++
    else this.tally.foundUndone++
  }
}
