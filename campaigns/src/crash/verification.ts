// After the restart: asks the server about everything that was acknowledged, and settles what was not.
import { randomBytes } from 'node:crypto'
import { type Calls, UnexpectedAnswer } from './calls.ts'
import type { Invariant } from './invariants.ts'
import type { Cast } from './load.ts'
import { MachineToken, type Recorder, type Session } from './recorder.ts'
import type { StoredState } from './stored-state.ts'

/** Tokens are believed to live this long only, so that none expires between two questions. */
const accessMilliseconds = { session: 500_000, machine: 3_300_000 } as const

type Report = (invariant: Invariant, detail: string) => void

export class Verification {
  readonly #calls: Calls
  readonly #cast: Cast
  readonly #recorder: Recorder
  readonly #stored: StoredState
  readonly #report: Report

  constructor(calls: Calls, cast: Cast, recorder: Recorder, stored: StoredState, report: Report) {
    this.#calls = calls
    this.#cast = cast
    this.#recorder = recorder
    this.#stored = stored
    this.#report = report
  }

  /** The database as a whole: W5, and W3 where only it can tell. */
  inspectDatabase(): void {
    for (const fault of this.#stored.faults()) this.#report('W5', fault)
    for (const id of this.#stored.torn()) this.#report('W3', `${id}: its row and its audit trail differ`)
  }

  /** @throws ConnectionLost if the server is gone again. */
  async inspect(item: Session | MachineToken): Promise<void> {
    try {
      if (item instanceof MachineToken) await this.#machine(item)
      else if (item.intent?.kind === 'refresh') await this.#interruptedRefresh(item, item.intent.retryKey)
      else if (item.intent?.kind === 'revoke') await this.#interruptedRevocation(item)
      else if (item.revoked) await this.#revokedSession(item)
      else await this.#liveSession(item)
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer)) throw error
      this.#report('answers', error.message)
    }
  }

  /**
   * W4 on the wire: a superseded token is refused, and takes the current one with it (RFC 9700 §4.14.2), so that never two are
   * alive. The session is spent by the question.
   */
  async presentSpent(session: Session): Promise<void> {
    const { spentToken } = session
    if (spentToken === undefined || session.revoked || session.intent) return
    if (await this.#calls.refresh(spentToken))
      this.#report('W4', `${session.id}: a superseded refresh token was accepted`)
    session.revoked = true
    await this.#revokedSession(session)
  }

  async #machine(machine: MachineToken): Promise<void> {
    if (Date.now() - machine.issuedAt > accessMilliseconds.machine) return
    const active = await this.#isActive(machine.token)
    if (machine.revokeIntended && !machine.revoked) {
      // Sent and not answered: either is right, and from here on it must stay so.
      this.#recorder.found(!active)
      machine.revoked = !active
      machine.revokeIntended = machine.revoked
    } else if (machine.revoked && active) {
      this.#report('W2', 'a machine token is alive after its revocation was acknowledged')
    } else if (!machine.revoked && !active) {
      this.#report('W1', 'an acknowledged machine token is dead')
    }
  }

  async #liveSession(session: Session): Promise<void> {
    const fresh = Date.now() - session.accessIssuedAt < accessMilliseconds.session
    if (fresh && !(await this.#isActive(session.accessToken))) {
      this.#report('W1', `${session.id}: an acknowledged access token is dead`)
    }
    const stored = this.#stored.find(session.id)
    if (stored?.generation !== session.generation) {
      this.#report(
        'W4',
        `${session.id}: generation ${stored?.generation} is stored, ${session.generation} was acknowledged`,
      )
    }
    const tokens = await this.#calls.refresh(session.refreshToken, randomBytes(18).toString('base64url'))
    if (tokens) return session.advance(tokens)
    this.#report('W1', `${session.id}: an acknowledged refresh token is dead`)
    session.revoked = true
  }

  async #revokedSession(session: Session): Promise<void> {
    if (await this.#isActive(session.accessToken)) {
      this.#report('W2', `${session.id}: an access token is alive after the revocation was acknowledged`)
    }
    if (await this.#calls.refresh(session.refreshToken)) {
      this.#report('W2', `${session.id}: a refresh token is alive after the revocation was acknowledged`)
    }
  }

  /** The client lost the answer, and asks again with the key that it kept: it must get the successor, always the same. */
  async #interruptedRefresh(session: Session, retryKey: string): Promise<void> {
    const { refreshToken: spent, generation } = session
    this.#recorder.found(this.#stored.find(session.id)?.generation === generation + 1)
    const first = await this.#calls.refresh(spent, retryKey)
    const second = await this.#calls.refresh(spent, retryKey)
    if (!first || !second) {
      this.#report('W3', `${session.id}: a refresh without an answer cannot be repeated with its key`)
      session.revoked = true
      session.intent = undefined
      return
    }
    if (first.refresh_token !== second.refresh_token) {
      this.#report('W4', `${session.id}: a repeated refresh gave another successor`)
    }
    session.advance(second)
    if (session.generation !== generation + 1) {
      this.#report('W3', `${session.id}: one refresh led from generation ${generation} to ${session.generation}`)
    }
    if (!(await this.#isActive(first.access_token)))
      this.#report('W1', `${session.id}: a repeated refresh gave a dead token`)
  }

  /** Either all of the session is dead, or all of it is alive. */
  async #interruptedRevocation(session: Session): Promise<void> {
    const active = await this.#isActive(session.accessToken)
    this.#recorder.found(!active)
    session.intent = undefined
    const tokens = await this.#calls.refresh(session.refreshToken, randomBytes(18).toString('base64url'))
    if ((tokens !== undefined) !== active) this.#report('W3', `${session.id}: a revocation was carried out in part`)
    if (tokens) session.advance(tokens)
    else session.revoked = true
  }

  #isActive(token: string): Promise<boolean> {
    return this.#calls.isActive(token, this.#cast.clients[0])
  }
}
