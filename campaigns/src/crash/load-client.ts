// One client of the load. It sends one request after the other until the connection is lost, and records each request before it
// is sent and each acknowledgement.
import { randomBytes } from 'node:crypto'
import { ConnectionLost, type Credentials, type UserLogin } from '@countersign/server/testing/process'
import { type Calls, UnexpectedAnswer } from '../campaign/calls.ts'
import type { Seeded } from '../campaign/seeded.ts'
import type { ClientToken, Recorder, Session } from './recorder.ts'

export interface Accounts {
  readonly users: readonly UserLogin[]
  /** One for each token form. The first also introspects tokens. */
  readonly clients: readonly [Credentials, ...Credentials[]]
}

/** How often each operation is chosen, in percent. Logins have clients of their own, since a hash takes long. */
const shares = { refresh: 55, issue: 15, revokeToken: 15, endSession: 5 } as const

const newRetryKey = (): string => randomBytes(18).toString('base64url')

export class LoadClient {
  readonly #calls: Calls
  readonly #accounts: Accounts
  readonly #recorder: Recorder
  readonly #random: Seeded
  #isStopped = false

  constructor(calls: Calls, accounts: Accounts, recorder: Recorder, random: Seeded) {
    this.#calls = calls
    this.#accounts = accounts
    this.#recorder = recorder
    this.#random = random
  }

  /** Logs users in until the connection is lost. @returns What was wrong, or `undefined`. */
  async logIn(): Promise<string | undefined> {
    return this.#untilCut(() => this.#login())
  }

  /** Does everything else until the connection is lost. @returns What was wrong, or `undefined`. */
  async useTokens(): Promise<string | undefined> {
    return this.#untilCut(() => this.#useSomething())
  }

  /** Ends the load after the request that is under way. */
  stop(): void {
    this.#isStopped = true
  }

  async #untilCut(act: () => Promise<void>): Promise<string | undefined> {
    try {
      while (!this.#isStopped) await act()
      return undefined
    } catch (error) {
      if (error instanceof ConnectionLost) return undefined
      if (error instanceof UnexpectedAnswer) return error.message
      throw error
    } finally {
      this.#calls[Symbol.dispose]()
    }
  }

  async #login(): Promise<void> {
    const user = this.#random.pick(this.#accounts.users)
    if (!user) throw new Error('there is no user to log in')
    this.#recorder.intend()
    this.#recorder.addSession(await this.#calls.logIn(user))
    this.#recorder.acknowledge()
  }

  async #useSomething(): Promise<void> {
    const { sessions, tokens } = this.#recorder
    const choice = this.#random.below(100)
    const session = () => this.#recorder.take(sessions, (items) => this.#random.pick(items))
    const token = () => this.#recorder.take(tokens, (items) => this.#random.pick(items))
    if (choice < shares.refresh) return this.#refresh(session())
    if (choice < shares.refresh + shares.issue) return this.#issue()
    if (choice < shares.refresh + shares.issue + shares.revokeToken) return this.#revokeToken(token())
    if (choice < shares.refresh + shares.issue + shares.revokeToken + shares.endSession) return this.#end(session())
    return this.#lookUp(this.#random.pick(sessions), this.#random.pick(tokens))
  }

  async #refresh(session: Session | undefined): Promise<void> {
    if (!session) return this.#issue()
    const retryKey = newRetryKey()
    await this.#intending(session, { kind: 'refresh', retryKey }, async () => {
      const tokens = await this.#calls.refresh(session.refreshToken, retryKey)
      if (!tokens) throw new UnexpectedAnswer('a refresh', { status: 401, body: `session ${session.id}` })
      session.advance(tokens)
    })
  }

  async #end(session: Session | undefined): Promise<void> {
    if (!session) return this.#issue()
    await this.#intending(session, { kind: 'revoke' }, async () => {
      if (this.#random.below(2) > 0) await this.#calls.revoke(session.refreshToken)
      else if (!(await this.#calls.logOut(session.accessToken)))
        throw new UnexpectedAnswer('a log-out', { status: 401, body: `session ${session.id}` })
      session.revoked = true
    })
  }

  async #intending(session: Session, intent: NonNullable<Session['intent']>, act: () => Promise<void>): Promise<void> {
    session.intent = intent
    this.#recorder.intend()
    await act()
    session.intent = undefined
    this.#recorder.giveBack(session)
    this.#recorder.acknowledge()
  }

  async #issue(): Promise<void> {
    const place = this.#random.below(this.#accounts.clients.length)
    this.#recorder.intend()
    this.#recorder.addToken(await this.#calls.issue(this.#client(place)), place)
    this.#recorder.acknowledge()
  }

  async #revokeToken(token: ClientToken | undefined): Promise<void> {
    if (!token) return this.#issue()
    token.revokeIntended = true
    this.#recorder.intend()
    await this.#calls.revoke(token.token, this.#client(token.client))
    token.revoked = true
    this.#recorder.giveBack(token)
    this.#recorder.acknowledge()
  }

  /** Checks that an acknowledged revocation holds before the kill, too. */
  async #lookUp(session: Session | undefined, issued: ClientToken | undefined): Promise<void> {
    for (const [item, token] of [
      [session, session?.accessToken],
      [issued, issued?.token],
    ] as const) {
      if (item?.revoked !== true || token === undefined) continue
      if (await this.#calls.isActive(token, this.#client(0))) {
        throw new UnexpectedAnswer('a revoked token', { status: 200, body: 'active' })
      }
    }
  }

  #client(place: number): Credentials {
    const client = this.#accounts.clients[place]
    if (!client) throw new Error(`no client ${place}`)
    return client
  }
}
