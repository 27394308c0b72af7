import type { SessionRecord } from './record.ts'

/** Room for one record, made before it is needed. */
export interface Reservation {
  /** Does what {@link TokenStore.replace} does, in the room that was made. Called once at most. */
  replace(spent: SessionRecord | undefined, next: SessionRecord | undefined): Promise<boolean>
  /** Gives the room back; called at the end in any case. */
  release(): Promise<void>
}

/**
 * Where a session is kept between calls, and shared between processes.
 *
 * Write your own for a database or the browser's storage: two methods and an optional third, and one law that keeps
 * everybody logged in. The
 * refresh token works once; a process that puts an older record back makes the next refresh look like a theft, and the
 * server ends the session (RFC 9700 §4.14.2).
 */
export interface TokenStore {
  /** The newest record that was stored, or `undefined` when there is none. Never one from a cache of its own. */
  read(): Promise<SessionRecord | undefined>
  /**
   * Puts `next` in place of `spent`, atomically, durably, and only if `spent` is still what is stored; records are the
   * same when their `retryKey` is. `undefined` stands for no record on either side.
   *
   * @returns Whether it did. `false` means that somebody else was first, and is no error.
   * @throws Its own error when it cannot store; the client then keeps `next` and tries again before the next refresh.
   */
  replace(spent: SessionRecord | undefined, next: SessionRecord | undefined): Promise<boolean>
  /**
   * Makes room for one record, before the client asks for credentials, logs in or spends a refresh token: what comes of
   * these is lost where it cannot be stored. Default: the store is taken to have room.
   *
   * @throws Its own error when nothing could be stored; then nothing is sent.
   */
  reserve?(): Promise<Reservation>
}

/** Keeps the session in this process only: it ends with it. */
export function memoryStore(): TokenStore {
  let stored: SessionRecord | undefined
  return {
    read: async () => stored,
    replace: async (spent, next) => {
      if (stored?.retryKey !== spent?.retryKey) return false
      stored = next
      return true
    },
  }
}
