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
//
// A session has one refresh token and an access token for each target (API and scope). A young record is not spent for
// the token of another target either: within the retry window the refresh token before it, presented again with its
// key, gets an access token for any target, and the same successor. So calls for different APIs do not race.
import { type ProblemError, SessionExpiredError, type UnexpectedResponseError } from '../transport/errors.ts'
import { isRefusal, isTransient, sessionEndedBy } from '../transport/problem.ts'
import { withRetries } from '../transport/retry.ts'
import { type SingleFlight, singleFlight } from '../transport/single-flight.ts'
import { Token } from '../transport/token.ts'
import { endResumed, endSession } from './end-session.ts'
import type { HeldToken } from './freshness.ts'
import { keptRecord } from './kept-record.ts'
import { oauthClient } from './oauth-client.ts'
import type { Predecessor, SessionKind } from './record.ts'
import { keyOf, type Seen } from './seen.ts'
import type { TokenSet } from './token-set.ts'
import type { IssuingServer, Target, TokenSource } from './token-source.ts'
import type { TokenStore } from './token-store.ts'

/** How a session begins and continues. */
export interface SessionGrant {
  readonly kind: SessionKind
  /** The username, if known before the login. */
  readonly username: string | undefined
  /** Whether an ended session may be replaced by a new login without asking the user. */
  readonly relogin: boolean
  /** Presents the credentials, repeatedly if that helps; absent if there are none. */
  readonly logIn?: () => Promise<LoggedIn>
  /** The client that the session is issued to, if it is a public one: it may revoke the session (RFC 7009). */
  readonly clientId?: string
  /** Whether `refresh` gets tokens for other targets than the login's. Default: false. */
  readonly hasTargets?: boolean
  /** Exchanges a refresh token. Must be repeatable with the same key, for another target, too. */
  refresh(refreshToken: string, retryKey: string, timeoutSeconds: number, target: Target): Promise<TokenSet>
}

/** A new session and its user, if known. */
export interface LoggedIn {
  readonly username: string | undefined
  readonly tokens: TokenSet
}

type Refusal = ProblemError | UnexpectedResponseError

/** Seconds. A refresh with its retries takes at most this, and at most half of the retry window. */
const maxRefreshSeconds = 30

/** @param store Where the session is stored; processes may share it. */
export function rotatingSession(server: IssuingServer, grant: SessionGrant, store: TokenStore): TokenSource {
  const { relogin, clientId, hasTargets = false } = grant
  const kept = keptRecord(server, grant, store)
  const renewals = new Map<string, SingleFlight<[string | undefined], HeldToken>>()
  /** Revokes refresh tokens; `undefined` if the session is ended by its access token. */
  const client = server.revokes && clientId !== undefined ? oauthClient(server, clientId) : undefined
  /** The last renewal; the next one waits for it. */
  let turn: Promise<unknown> = Promise.resolve()
  /** Why no further login is attempted. */
  let over: SessionExpiredError | undefined

  const now = () => server.clock.elapsedSeconds()

  /** The default is what the access token of a login is for. */
  const targetOf = ({ resource = server.resources?.[0], scope }: Target = {}): Target =>
    hasTargets ? { resource, scope } : {}

  const heldFor = (target: Target, seen = kept.held()) => seen?.tokens.get(keyOf(target))

  const logIn = async (spent?: Seen): Promise<Seen> => {
    const begin = grant.logIn
    if (over || !begin) throw new SessionExpiredError(over?.refusal, over?.detail)
    return kept.withReservation(async (reservation) => {
      // Where a reservation excludes others, another tab may have logged in while this one waited for it.
      const found = await kept.read()
      if (found && found.record.retryKey !== spent?.record.retryKey) return kept.hold(found)
      const { username, tokens } = await begin()
      const { accessToken, refreshToken } = tokens
      const target = targetOf()
      const stored = await kept.replace(reservation, spent, { tokens, target, username })
      // Another process started a session at the same time and stored it first: end this one, because it would stay
      // unused.
      if (!stored || heldFor(target, stored)?.accessToken !== accessToken) {
        if (client && refreshToken !== undefined) await client.revoke(refreshToken)
        else await endSession(server, new Token(accessToken))
      }
      if (!stored) throw new SessionExpiredError()
      return stored
    })
  }

  /**
   * Handles an empty store.
   *
   * @param isOver Whether there was a session before: the server or another process has ended it.
   */
  const begin = (isOver: boolean, refusal?: Refusal): Promise<Seen> => {
    kept.hold(undefined)
    if (isOver && !relogin) over = sessionEndedBy(refusal)
    return logIn()
  }

  /** Continues with what another process has stored. */
  const newest = async (refusal?: Refusal): Promise<Seen> => {
    const stored = await kept.read()
    return stored ? kept.hold(stored) : begin(true, refusal)
  }

  /** @returns `undefined` if another process has replaced the record. */
  const exchange = (
    { record }: Seen,
    { refreshToken, retryKey }: Predecessor,
    target: Target,
    budgetSeconds: number,
  ): Promise<TokenSet | undefined> => {
    const attempt = async (timeoutSeconds: () => number): Promise<TokenSet | undefined> => {
      const stored = await kept.read()
      if (stored?.record.retryKey !== record.retryKey) return undefined
      return grant.refresh(refreshToken, retryKey, timeoutSeconds(), target)
    }
    return withRetries(attempt, Math.min(maxRefreshSeconds, budgetSeconds), server)
  }

  /**
   * Gets a token for the target by repeating the refresh that the record came from.
   *
   * @returns `undefined` if the server does not repeat its answer any more.
   */
  const repeat = async (
    stored: Seen,
    predecessor: Predecessor,
    target: Target,
    youngSeconds: number,
  ): Promise<Seen | undefined> => {
    let tokens: TokenSet | undefined
    try {
      tokens = await exchange(stored, predecessor, target, youngSeconds)
    } catch (error) {
      if (!isRefusal(error)) throw error
      return undefined
    }
    return (tokens && (await kept.add(stored.record, tokens, target))) ?? newest()
  }

  const rotate = async (spent: Seen, refreshToken: string, target: Target, windowSeconds: number): Promise<Seen> => {
    const predecessor = { refreshToken, retryKey: spent.record.retryKey }
    let refusal: Refusal | undefined
    const replaced = await kept.withReservation(async (reservation) => {
      try {
        const tokens = await exchange(spent, predecessor, target, windowSeconds / 2)
        return tokens && (await kept.replace(reservation, spent, { tokens, target, predecessor }))
      } catch (error) {
        if (!isRefusal(error)) throw error
        refusal = error
        // Refused for good. If another process stored a newer record meanwhile, that record counts.
        await reservation.replace(spent.record, undefined)
        return undefined
      }
    })
    return replaced ?? newest(refusal)
  }

  const advance = async (stored: Seen, target: Target, refused: string | undefined): Promise<Seen> => {
    const held = heldFor(target, stored)
    const isRefused = held !== undefined && held.accessToken === refused
    if (held && !isRefused && now() < held.refreshAt) return kept.hold(stored)
    const { record } = stored
    const { refreshToken, predecessor } = record
    if (refreshToken === undefined) return logIn(stored)
    const windowSeconds = await server.retryWindowSeconds()
    const youngSeconds = stored.issuedAt + windowSeconds - now()
    if (youngSeconds > 0) {
      if (held && !isRefused && (now() < held.expiresAt || !predecessor)) return kept.hold(stored)
      // The server itself is believed at once when it refuses a token; an API may refuse any number of good ones.
      const isRepeatable = predecessor && !(isRefused && target.resource === undefined)
      if (isRepeatable && youngSeconds > windowSeconds / 20) {
        const repeated = await repeat(stored, predecessor, target, youngSeconds)
        if (repeated) return repeated
      } else if (!isRefused && (predecessor || !record.others)) {
        await server.clock.wait(youngSeconds)
      }
    }
    return rotate(stored, refreshToken, target, windowSeconds)
  }

  const renew = async (target: Target, refused: string | undefined): Promise<HeldToken> => {
    const isOvertaken = await kept.isUnsavedOvertaken()
    const stored = await kept.read()
    const renewed = await (stored ? advance(stored, target, refused) : begin(isOvertaken || kept.held() !== undefined))
    // A login, or a process that was faster, may have brought a token for another target.
    return heldFor(target, renewed) ?? renew(target, refused)
  }

  /** Renews once for all calls with the same target, and one target after the other. */
  const renewed = (target: Target, refused?: string): Promise<HeldToken> => {
    const key = keyOf(target)
    const join =
      renewals.get(key) ??
      singleFlight((refused) => {
        const started = turn.then(() => renew(target, refused))
        turn = Promise.allSettled([started])
        return started
      })
    renewals.set(key, join)
    return join(refused)
  }

  return {
    hasTargets,

    token: async (wanted) => {
      const target = targetOf(wanted)
      const held = heldFor(target)
      if (held && now() < held.refreshAt) return new Token(held.accessToken)
      try {
        return new Token((await renewed(target)).accessToken)
      } catch (error) {
        // The refresh was early: while the old token is valid, a short outage of the server does no harm.
        if (!held || !isTransient(error) || now() >= held.expiresAt) throw error
        const message = 'A token could not be replaced before it expires; it is used until then'
        server.advise?.({ code: 'refresh_failed', message, error })
        return new Token(held.accessToken)
      }
    },

    refused: async (token, wanted) => {
      const target = targetOf(wanted)
      const refused = token.reveal()
      let next = heldFor(target)
      // A renewal that started before this call did not know of the refusal and may have kept the token.
      for (let tries = 0; tries < 2 && (!next || next.accessToken === refused); tries += 1) {
        next = await renewed(target, refused)
      }
      return next && next.accessToken !== refused ? new Token(next.accessToken) : undefined
    },

    /** Does not start a session in order to end it, and does not ask for credentials. */
    end: async () => {
      await turn
      if (client) {
        const refreshToken = (await kept.newest())?.refreshToken
        // It may have been spent meanwhile; the server ends its session all the same (RFC 7009 §2.1).
        if (refreshToken !== undefined) await client.revoke(refreshToken)
      } else {
        const { logIn: _, ...resumable } = grant
        await endResumed(server, rotatingSession(server, { ...resumable, relogin: false }, store))
      }
      await kept.forget()
    },
  }
}
