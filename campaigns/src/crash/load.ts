// One caller of the server under load: does one thing after the other, notes what it is about to do and what was
// acknowledged, until the connection is cut.
import { randomBytes } from 'node:crypto'
import { ConnectionLost } from '../../../apps/server/src/testing/process/connection.ts'
import type { Credentials, Person } from '../../../apps/server/src/testing/process/server-run.ts'
import type { Seeded } from '../campaign/seeded.ts'
import { type Calls, UnexpectedAnswer } from './calls.ts'
import type { MachineToken, Recorder, Session } from './recorder.ts'

export interface Cast {
  readonly people: readonly Person[]
  /** One for each token form. The first also looks tokens up. */
  readonly clients: readonly [Credentials, ...Credentials[]]
}

/** How often each thing is done, in a hundred. Logins have actors of their own: a hash takes long. */
const shares = { refresh: 55, issue: 15, revokeToken: 15, endSession: 5 } as const

const newRetryKey = (): string => randomBytes(18).toString('base64url')

export class Actor {
  readonly #calls: Calls
  readonly #cast: Cast
  readonly #recorder: Recorder
  readonly #random: Seeded

  constructor(calls: Calls, cast: Cast, recorder: Recorder, random: Seeded) {
    this.#calls = calls
    this.#cast = cast
    this.#recorder = recorder
    this.#random = random
  }

  /** Only logs people in. Resolves with what was wrong, or nothing, when the server is gone. */
  async logIn(): Promise<string | undefined> {
    return this.#untilCut(() => this.#login())
  }

  /** Does everything else. */
  async useTokens(): Promise<string | undefined> {
    return this.#untilCut(() => this.#useSomething())
  }

  async #untilCut(act: () => Promise<void>): Promise<string | undefined> {
    try {
      for (;;) await act()
    } catch (error) {
      if (error instanceof ConnectionLost) return undefined
      if (error instanceof UnexpectedAnswer) return error.message
      throw error
    } finally {
      this.#calls.close()
    }
  }

  async #login(): Promise<void> {
    const person = this.#random.pick(this.#cast.people)
    if (!person) throw new Error('nobody to log in')
    this.#recorder.intend()
    this.#recorder.addSession(await this.#calls.login(person))
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
      if (this.#random.below(2) === 0) await this.#calls.endSession(session.accessToken)
      else await this.#calls.revokeSession(session.refreshToken)
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
    const place = this.#random.below(this.#cast.clients.length)
    this.#recorder.intend()
    this.#recorder.addToken(await this.#calls.issue(this.#client(place)), place)
    this.#recorder.acknowledge()
  }

  async #revokeToken(machine: MachineToken | undefined): Promise<void> {
    if (!machine) return this.#issue()
    machine.revokeIntended = true
    this.#recorder.intend()
    await this.#calls.revokeToken(machine.token, this.#client(machine.client))
    machine.revoked = true
    this.#recorder.giveBack(machine)
    this.#recorder.acknowledge()
  }

  /** While the server runs, too, an acknowledged revocation holds. */
  async #lookUp(session: Session | undefined, machine: MachineToken | undefined): Promise<void> {
    for (const [item, token] of [
      [session, session?.accessToken],
      [machine, machine?.token],
    ] as const) {
      if (item?.revoked !== true || token === undefined) continue
      if (await this.#calls.isActive(token, this.#client(0))) {
        throw new UnexpectedAnswer('a revoked token', { status: 200, body: 'active' })
      }
    }
  }

  #client(place: number): Credentials {
    const client = this.#cast.clients[place]
    if (!client) throw new Error(`no client ${place}`)
    return client
  }
}
