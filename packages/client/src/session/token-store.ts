import type { SessionRecord } from './record.ts'

/**
 * Reserved space for one record.
 *
 * @example
 * ```ts
 * import type { Reservation, TokenStore } from '@countersign/client'
 *
 * export const unlimited = (store: TokenStore): (() => Promise<Reservation>) => async () => ({
 *   replace: store.replace,
 *   release: async () => {},
 * })
 * ```
 */
export interface Reservation {
  /** As {@link TokenStore.replace}, in the reserved space. Called at most once. */
  replace(spent: SessionRecord | undefined, next: SessionRecord | undefined): Promise<boolean>
  /** Releases the space. Always called at the end. */
  release(): Promise<void>
}

/**
 * Stores a session between calls, and shares it between processes.
 *
 * Write your own for a database or a browser's storage: two methods and an optional third. `replace` must be atomic: a
 * refresh token works once. If a process restored an older record, the next refresh would look like a theft, and the
 * server would end the session (RFC 9700 §4.14.2).
 *
 * @example
 * ```ts
 * import { parseRecord, type TokenStore } from '@countersign/client'
 *
 * const read = async () => parseRecord(JSON.parse(localStorage.getItem('session') ?? 'null'))
 * const store: TokenStore = {
 *   read,
 *   replace: async (spent, next) =>
 *     await navigator.locks.request('session', async () => {
 *       if ((await read())?.retryKey !== spent?.retryKey) return false
 *       localStorage.setItem('session', JSON.stringify(next ?? null))
 *       return true
 *     }),
 * }
 * ```
 */
export interface TokenStore {
  /** The newest stored record, or `undefined` if there is none. Must not return a cached older one. */
  read(): Promise<SessionRecord | undefined>
  /**
   * Replaces `spent` by `next` atomically and durably, if `spent` is still the stored record. Records are equal if
   * their `retryKey` is; `next` may have the key of `spent`. `undefined` means no record on either side.
   *
   * @param spent The record that is expected in the store.
   * @param next The record to store.
   * @returns Whether it was replaced. `false` means that another process was first; this is not an error.
   * @throws Its own error if it cannot store; the client keeps `next` and tries again before the next refresh.
   */
  replace(spent: SessionRecord | undefined, next: SessionRecord | undefined): Promise<boolean>
  /**
   * Reserves space for one record before the client asks for credentials, logs in or spends a refresh token. Otherwise
   * the resulting tokens are lost if they cannot be stored. Default: the store is assumed to have space.
   *
   * @throws Its own error if nothing could be stored; no request is sent then.
   */
  reserve?(): Promise<Reservation>
}

/**
 * Keeps the session in memory. It ends with the process.
 *
 * @returns A store for {@link passwordSession} and {@link manifoldBasic}.
 * @example
 * ```ts
 * import { memoryStore, passwordSession } from '@countersign/client'
 *
 * const auth = passwordSession({ username: 'ada', password: 'correct horse battery', store: memoryStore() })
 * ```
 */
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
