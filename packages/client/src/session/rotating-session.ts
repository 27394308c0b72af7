// One session with a single-use refresh token, shared by many calls and processes. Owns when to refresh, and the order
// of reading, sending and storing. Does not know how a token is requested (the grant does) or where it is stored.
//
// A login or a refresh is useless if its result cannot be stored, so the store reserves space before either is sent.
//
// Two rules preserve the session when answers get lost and processes race (the server ends a session whose refresh
// token is presented twice without its retry key, RFC 9700 §4.14.2):
// 1. A record is replaced atomically, and only if it is the one that was spent. A late writer cannot restore an older
//   record.
// 2. The store is read again before each attempt; a refresh is abandoned before the server's retry window closes; and a
//   record younger than the window is not spent unless the server refused its access token. So no process presents a
//   token while an older one is still in flight.
import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { randomName } from '../transport/clock.ts'
import {
  isRefusal,
  isTransient,
  type ProblemError,
  SessionExpiredError,
  sessionEndedBy,
  type UnexpectedResponseError,
} from '../transport/errors.ts'
import { withRetries } from '../transport/retry.ts'
import { singleFlight } from '../transport/single-flight.ts'
import { Token } from '../transport/token.ts'
import { endSession } from './end-session.ts'
import { refreshAfterSeconds } from './freshness.ts'
import type { SessionKind, SessionRecord } from './record.ts'
import type { TokenSet } from './token-set.ts'
import type { TokenSource } from './token-source.ts'
import type { Reservation, TokenStore } from './token-store.ts'

/** How a session begins and continues. */
export interface SessionGrant {
  readonly kind: SessionKind
  /** The username, if known before the login. */
  readonly username: string | undefined
  /** Whether an ended session may be replaced by a new login without asking the user. */
  readonly relogin: boolean
  /** Presents the credentials, repeatedly if that helps; absent if there are none. */
  readonly logIn?: () => Promise<LoggedIn>
  /** Exchanges a refresh token. Must be repeatable with the same key. */
  refresh(refreshToken: string, retryKey: string, timeoutSeconds: number): Promise<TokenSet>
}

/** A new session and its user. */
export interface LoggedIn {
  readonly username: string
  readonly tokens: TokenSet
}

/** A record as this process sees it, on the monotonic clock. */
interface Seen {
  readonly record: SessionRecord
  readonly issuedAt: number
  readonly expiresAt: number
  readonly refreshAt: number
}

type Refusal = ProblemError | UnexpectedResponseError

/** Seconds. A refresh with its retries takes at most this, and at most half of the retry window. */
const maxRefreshSeconds = 30

export class RotatingSession implements TokenSource {
  readonly #server: AuthorizationServer
  readonly #grant: SessionGrant
  readonly #store: TokenStore
  readonly #renewed = singleFlight((refused: string | undefined) => this.#renew(refused))
  #held: Seen | undefined
  /** Received but not stored, because the store failed: the only copy of a valid refresh token. */
  #unsaved: { readonly spent: SessionRecord | undefined; readonly next: Seen } | undefined
  /** Why no further login is attempted. */
  #over: SessionExpiredError | undefined

  constructor(server: AuthorizationServer, grant: SessionGrant, store: TokenStore) {
    this.#server = server
    this.#grant = grant
    this.#store = store
  }

  async token(): Promise<Token> {
    const held = this.#held
    if (held && this.#now() < held.refreshAt) return new Token(held.record.accessToken)
    try {
      return new Token((await this.#renewed(undefined)).record.accessToken)
    } catch (error) {
      // The refresh was early: while the old token is valid, a short outage of the server does no harm.
      if (held && isTransient(error) && this.#now() < held.expiresAt) return new Token(held.record.accessToken)
      throw error
    }
  }

  async refused(token: Token): Promise<Token | undefined> {
    const refused = token.reveal()
    if (this.#held && this.#held.record.accessToken !== refused) return new Token(this.#held.record.accessToken)
    let next = await this.#renewed(refused)
    // A renewal that started before this call did not know of the refusal and may have kept the token.
    if (next.record.accessToken === refused) next = await this.#renewed(refused)
    return next.record.accessToken === refused ? undefined : new Token(next.record.accessToken)
  }

  /** Does not start a session in order to end it, and does not ask for credentials. */
  async end(): Promise<void> {
    await this.#renewed.settled()
    const { logIn: _, ...resumable } = this.#grant
    const resumed = new RotatingSession(this.#server, { ...resumable, relogin: false }, this.#store)
    try {
      const token = await resumed.token()
      const fresh = (await endSession(this.#server, token)) ? undefined : await resumed.refused(token)
      if (fresh) await endSession(this.#server, fresh)
    } catch (error) {
      if (!(error instanceof SessionExpiredError)) throw error
    }
    await this.#forget()
  }

  async #forget(): Promise<void> {
    this.#unsaved = undefined
    let stored = await this.#store.read()
    while (stored && !(await this.#store.replace(stored, undefined))) stored = await this.#store.read()
    this.#held = undefined
  }

  async #renew(refused: string | undefined): Promise<Seen> {
    const isOvertaken =
      this.#unsaved !== undefined && !(await this.#save(this.#store, this.#unsaved.spent, this.#unsaved.next))
    const stored = await this.#read()
    if (!stored) return this.#begin(undefined, isOvertaken || this.#held !== undefined)
    const isRefused = stored.record.accessToken === refused
    if (!isRefused && this.#now() < stored.refreshAt) return this.#hold(stored)
    const { refreshToken } = stored.record
    if (refreshToken === undefined) return this.#logIn(stored.record)
    const windowSeconds = await this.#server.retryWindowSeconds()
    if (!isRefused && this.#now() < stored.issuedAt + windowSeconds) return this.#hold(stored)
    return this.#rotate(stored.record, refreshToken, windowSeconds)
  }

  async #rotate(spent: SessionRecord, refreshToken: string, windowSeconds: number): Promise<Seen> {
    const attempt = async (timeoutSeconds: () => number): Promise<TokenSet | undefined> => {
      const stored = await this.#read()
      if (stored?.record.retryKey !== spent.retryKey) return undefined
      return this.#grant.refresh(refreshToken, spent.retryKey, timeoutSeconds())
    }
    let refusal: Refusal | undefined
    const kept = await this.#withReservation(async (reservation) => {
      try {
        const tokens = await withRetries(attempt, Math.min(maxRefreshSeconds, windowSeconds / 2), this.#server)
        return tokens && (await this.#keep(reservation, spent, tokens, spent.username))
      } catch (error) {
        if (!isRefusal(error)) throw error
        refusal = error
        // Refused for good. If another process stored a newer record meanwhile, that record counts.
        await reservation.replace(spent, undefined)
        return undefined
      }
    })
    if (kept) return kept
    const stored = await this.#read()
    return stored ? this.#hold(stored) : this.#begin(refusal, true)
  }

  /**
   * Handles an empty store.
   *
   * @param isOver Whether there was a session before: the server or another process has ended it.
   */
  #begin(refusal: Refusal | undefined, isOver: boolean): Promise<Seen> {
    this.#held = undefined
    if (isOver && !this.#grant.relogin) this.#over = sessionEndedBy(refusal)
    return this.#logIn(undefined)
  }

  async #logIn(spent: SessionRecord | undefined): Promise<Seen> {
    const { logIn } = this.#grant
    if (this.#over || !logIn) throw new SessionExpiredError(this.#over?.refusal, this.#over?.detail)
    return this.#withReservation(async (reservation) => {
      const { username, tokens } = await logIn()
      const kept = await this.#keep(reservation, spent, tokens, username)
      // Another process started a session at the same time and stored it first: end this one, because it would stay
      // unused.
      if (kept?.record.accessToken !== tokens.accessToken) await endSession(this.#server, new Token(tokens.accessToken))
      if (!kept) throw new SessionExpiredError()
      return kept
    })
  }

  /** @throws The store's error if it has no space; the work is not started then. */
  async #withReservation<Result>(
    work: (reservation: Pick<Reservation, 'replace'>) => Promise<Result>,
  ): Promise<Result> {
    const reservation = await this.#store.reserve?.()
    try {
      return await work(reservation ?? this.#store)
    } finally {
      await reservation?.release()
    }
  }

  /**
   * Stores the received tokens in place of the spent record, and continues with the record that is stored then.
   *
   * @returns `undefined` if another process has ended the session; nothing is stored.
   */
  async #keep(
    reservation: Pick<Reservation, 'replace'>,
    spent: SessionRecord | undefined,
    tokens: TokenSet,
    username: string | undefined,
  ): Promise<Seen | undefined> {
    const { clock, random, baseUrl } = this.#server
    const { accessToken, refreshToken, lifetimeSeconds, sentAt } = tokens
    const now = this.#now()
    const issuedAt = clock.epochSeconds()
    const record: SessionRecord = {
      retryKey: randomName(random, 16),
      kind: this.#grant.kind,
      baseUrl,
      ...(username === undefined ? {} : { username }),
      accessToken,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      issuedAt,
      expiresAt: issuedAt - (now - sentAt) + lifetimeSeconds,
    }
    const next: Seen = {
      record,
      issuedAt: now,
      expiresAt: sentAt + lifetimeSeconds,
      refreshAt: sentAt + refreshAfterSeconds(lifetimeSeconds, random),
    }
    this.#unsaved = { spent, next }
    if (await this.#save(reservation, spent, next)) return next
    const stored = await this.#read()
    return stored && this.#hold(stored)
  }

  async #save(
    reservation: Pick<Reservation, 'replace'>,
    spent: SessionRecord | undefined,
    next: Seen,
  ): Promise<boolean> {
    const saved = await reservation.replace(spent, next.record)
    this.#unsaved = undefined
    if (saved) this.#held = next
    return saved
  }

  #hold(seen: Seen): Seen {
    this.#held = seen
    return seen
  }

  /** Reads the stored record. Wall-clock times place a record of another process on this process's monotonic clock. */
  async #read(): Promise<Seen | undefined> {
    const record = await this.#store.read()
    if (!record) return undefined
    if (this.#held?.record.retryKey === record.retryKey) return this.#held
    this.#refuseForeign(record)
    // If the clock was set back since, the record counts as new.
    const ageSeconds = Math.max(0, this.#server.clock.epochSeconds() - record.issuedAt)
    const leftSeconds = record.expiresAt - record.issuedAt - ageSeconds
    return {
      record,
      issuedAt: this.#now() - ageSeconds,
      expiresAt: this.#now() + leftSeconds,
      refreshAt: this.#now() + refreshAfterSeconds(leftSeconds, this.#server.random),
    }
  }

  /** A record of another user or server is a mistake in the application: its tokens are neither sent nor replaced. */
  #refuseForeign({ baseUrl, kind, username }: SessionRecord): void {
    const wanted = this.#grant.username
    if (baseUrl !== this.#server.baseUrl || kind !== this.#grant.kind) {
      throw new TypeError('The store contains a session of another server or kind: use a store of its own for each')
    }
    if (wanted !== undefined && username !== undefined && username !== wanted) {
      throw new TypeError('The store contains a session of another user: use a store of its own for each')
    }
  }

  #now(): number {
    return this.#server.clock.elapsedSeconds()
  }
}
