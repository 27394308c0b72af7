// What was asked of the server and what it acknowledged, kept in the process that outlives it.

/** A refresh token's own word about itself; the recorder believes the server, and compares. */
interface RefreshClaims {
  readonly sid: string
  readonly generation: number
}

export interface TokenSet {
  readonly access_token: string
  readonly refresh_token: string
}

export type SessionIntent = { readonly kind: 'refresh'; readonly retryKey: string } | { readonly kind: 'revoke' }

/** A person's session, as far as it was acknowledged. */
export class Session {
  refreshToken: string
  accessToken: string
  /** The refresh token before: superseded, so never to be accepted again. */
  spentToken: string | undefined
  /** What was sent and not answered. */
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

  /** The server acknowledged a refresh. */
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

/** A machine's access token: nothing of it is stored, unless it is revoked by itself. */
export class MachineToken {
  readonly token: string
  /** Which of the clients it was issued to. */
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
  /** Of what was not answered: how it was found after the restart. Both must occur, or the kills strike beside the commits. */
  foundDone: number
  foundUndone: number
}

export class Recorder {
  readonly sessions: Session[] = []
  readonly tokens: MachineToken[] = []
  readonly tally: Tally = { intents: 0, acknowledged: 0, foundDone: 0, foundUndone: 0 }
  /** Those that something was done with since the last restart. */
  readonly touched = new Set<Session | MachineToken>()
  readonly #busy = new Set<Session | MachineToken>()
  #awaited: { readonly count: number; readonly resolve: () => void } | undefined

  intend(): void {
    this.tally.intents++
  }

  acknowledge(): void {
    this.tally.acknowledged++
    if (this.#awaited && this.tally.acknowledged >= this.#awaited.count) this.#awaited.resolve()
  }

  /** Resolves at the very moment of the acknowledgement that is so many after this one. */
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
    const machine = new MachineToken(token, client)
    this.tokens.push(machine)
    this.touched.add(machine)
  }

  /** One that is alive and that nobody else works on, to be given back. Looks at a few only: the list grows long. */
  take<T extends Session | MachineToken>(
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

  giveBack(item: Session | MachineToken): void {
    this.#busy.delete(item)
  }

  /** The crash is over and everything was looked at. */
  settle(): void {
    this.touched.clear()
    this.#busy.clear()
  }

  found(done: boolean): void {
    if (done) this.tally.foundDone++
    else this.tally.foundUndone++
  }
}
