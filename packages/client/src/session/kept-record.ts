// The record of a session: the stored one, and what this process holds of it. Owns the order of reading and storing.
import { randomName } from '../transport/clock.ts'
import type { Predecessor, SessionKind, SessionRecord } from './record.ts'
import { type Seen, seenRecord, withToken } from './seen.ts'
import type { TokenSet } from './token-set.ts'
import type { IssuingServer, Target } from './token-source.ts'
import type { Reservation, TokenStore } from './token-store.ts'

/** Whose records are meant. */
interface Owner {
  readonly kind: SessionKind
  readonly username: string | undefined
}

/** The result of a login, or of exchanging the predecessor. */
interface Received {
  readonly tokens: TokenSet
  readonly target: Target
  /** The user of a new session. */
  readonly username?: string | undefined
  readonly predecessor?: Predecessor
}

type Replacing = Pick<Reservation, 'replace'>

/** @param owner Whose records are meant. */
export function keptRecord(server: IssuingServer, owner: Owner, store: TokenStore) {
  let held: Seen | undefined
  /** Received but not stored, because the store failed: the only copy of a valid refresh token. */
  let unsaved: { readonly spent: SessionRecord | undefined; readonly next: Seen } | undefined

  /** A record of another user or server is a mistake in the application: its tokens are neither sent nor replaced. */
  const refuseForeign = ({ baseUrl, kind, username }: SessionRecord): void => {
    const isOther = owner.username !== undefined && username !== undefined && username !== owner.username
    const of = baseUrl !== server.baseUrl || kind !== owner.kind ? 'server or kind' : isOther && 'user'
    if (of) throw new TypeError(`The store contains a session of another ${of}: use a store of its own for each`)
  }

  const hold = <Held extends Seen | undefined>(seen: Held): Held => {
    held = seen
    return seen
  }

  const read = async (): Promise<Seen | undefined> => {
    const record = await store.read()
    if (!record) return undefined
    refuseForeign(record)
    return seenRecord(record, held, server)
  }

  const save = async (reservation: Replacing, spent: SessionRecord | undefined, next: Seen): Promise<boolean> => {
    unsaved = { spent, next }
    let isSaved: boolean
    try {
      isSaved = await reservation.replace(spent, next.record)
    } catch (error) {
      server.advise?.({ code: 'store_failed', message: 'Received tokens could not be stored', error })
      throw error
    }
    unsaved = undefined
    if (isSaved) held = next
    return isSaved
  }

  return {
    /** The record that this process uses. */
    held: () => held,
    hold,
    /** Reads the stored record. */
    read,

    /** The newest record, stored or not. */
    newest: async (): Promise<SessionRecord | undefined> => (unsaved?.next ?? (await read()))?.record,

    /** Stores what could not be stored before, if anything. Returns whether another process was faster. */
    isUnsavedOvertaken: async (): Promise<boolean> =>
      unsaved !== undefined && !(await save(store, unsaved.spent, unsaved.next)),

    /** @throws The store's error if it has no space; the work is not started then. */
    withReservation: async <Result>(work: (reservation: Replacing) => Promise<Result>): Promise<Result> => {
      const reservation = await store.reserve?.()
      try {
        return await work(reservation ?? store)
      } finally {
        await reservation?.release()
      }
    },

    /**
     * Stores the received tokens in place of the spent record, and continues with the record that is stored then.
     *
     * @returns `undefined` if another process has ended the session; nothing is stored.
     */
    replace: async (
      reservation: Replacing,
      spent: Seen | undefined,
      { tokens, target, username, predecessor }: Received,
    ): Promise<Seen | undefined> => {
      const { clock, random, baseUrl } = server
      // After a login, nothing of the spent record is continued.
      const retained = predecessor && spent
      const user = username ?? retained?.record.username
      const base = {
        retryKey: randomName(random, 16),
        kind: owner.kind,
        baseUrl,
        ...(user !== undefined && { username: user }),
        ...(tokens.refreshToken !== undefined && { refreshToken: tokens.refreshToken }),
        ...(predecessor && { predecessor }),
        issuedAt: clock.epochSeconds(),
      }
      const next = { ...withToken(base, retained, target, tokens, server), issuedAt: clock.elapsedSeconds() }
      if (await save(reservation, spent?.record, next)) return next
      const stored = await read()
      return stored && hold(stored)
    },

    /**
     * Adds an access token to the record, without a new refresh token.
     *
     * @returns `undefined` if another process has replaced the record; nothing is stored.
     */
    add: async ({ retryKey }: SessionRecord, tokens: TokenSet, target: Target): Promise<Seen | undefined> => {
      const stored = await read()
      if (stored?.record.retryKey !== retryKey) return undefined
      const next = { ...stored, ...withToken(stored.record, stored, target, tokens, server) }
      // If another process added a token at the same moment, this one is used without being stored.
      return (await store.replace(stored.record, next.record)) ? hold(next) : next
    },

    forget: async (): Promise<void> => {
      unsaved = undefined
      let stored = await store.read()
      while (stored && !(await store.replace(stored, undefined))) stored = await store.read()
      held = undefined
    },
  }
}
