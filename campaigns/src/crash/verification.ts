// Checks after the restart: what was acknowledged must hold, and a request without an answer is done or not done.
import { randomBytes } from 'node:crypto'
import { type Calls, UnexpectedAnswer } from '../campaign/calls.ts'
import type { Invariant } from './invariants.ts'
import type { Accounts } from './load-client.ts'
import { ClientToken, type Recorder, type Session } from './recorder.ts'
import type { StoredState } from './stored-state.ts'

/** Older access tokens are not checked, so that none expires between two requests. */
const accessMilliseconds = { session: 500_000, client: 3_300_000 } as const

type Report = (invariant: Invariant, detail: string) => void

export class Verification {
  readonly #calls: Calls
  readonly #accounts: Accounts
  readonly #recorder: Recorder
  readonly #stored: StoredState
  readonly #report: Report

  constructor(calls: Calls, accounts: Accounts, recorder: Recorder, stored: StoredState, report: Report) {
    this.#calls = calls
    this.#accounts = accounts
    this.#recorder = recorder
    this.#stored = stored
    this.#report = report
  }

  /** Checks the database as a whole: W5, and W3 for audit rows. */
  inspectDatabase(): void {
    for (const fault of this.#stored.faults) this.#report('W5', fault)
    for (const id of this.#stored.torn) this.#report('W3', `${id}: its row and its audit trail differ`)
  }

  /** @throws ConnectionLost if the server is gone again. */
  async inspect(item: Session | ClientToken): Promise<void> {
    try {
      if (item instanceof ClientToken) await this.#clientToken(item)
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
   * W4 on the wire: a superseded token is refused and its session revoked (RFC 9700 §4.14.2), so that two are never alive. This
   * check ends the session.
   */
  async presentSpent(session: Session): Promise<void> {
    const { spentToken } = session
    if (spentToken === undefined || session.revoked || session.intent) return
    if (await this.#calls.refresh(spentToken))
      this.#report('W4', `${session.id}: a superseded refresh token was accepted`)
    session.revoked = true
    await this.#revokedSession(session)
  }

  async #clientToken(issued: ClientToken): Promise<void> {
    if (Date.now() - issued.issuedAt > accessMilliseconds.client) return
    const active = await this.#isActive(issued.token)
    if (issued.revokeIntended && !issued.revoked) {
      // Without an answer both are right. From now on it must stay so.
      this.#recorder.found(!active)
      issued.revoked = !active
      issued.revokeIntended = issued.revoked
    } else if (issued.revoked && active) {
      this.#report('W2', 'a client token is alive after its revocation was acknowledged')
    } else if (!issued.revoked && !active) {
      this.#report('W1', 'an acknowledged client token is dead')
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

  /** The client lost the answer and retries with its key: it must get the successor, the same each time. */
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

  /** Either the whole session is dead, or the whole session is alive. */
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
    return this.#calls.isActive(token, this.#accounts.clients[0])
  }
}
