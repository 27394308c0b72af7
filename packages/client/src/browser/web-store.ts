// A session in a browser, shared by the tabs of one origin. Owns the order of lock and transaction; knows nothing of HTTP.
//
// IndexedDB decides a `replace`: its transactions exclude each other in all tabs. The lock keeps the other tabs from
// spending the same refresh token at the same time: they wait, read the store again, and find the result. Where there
// are no locks, the session is as safe as in a folder that processes share: rule 2 of `rotating-session.ts` holds.
import { parseRecord, type SessionRecord } from '../session/record.ts'
import type { Reservation, TokenStore } from '../session/token-store.ts'
import { membersOf } from '../transport/problem.ts'
import { inTransaction, type Transaction } from './database.ts'
import { WebStoreError, webStoreError } from './web-store-error.ts'

/**
 * Options of {@link webStore}.
 *
 * @example
 * ```ts
 * import type { WebStoreOptions } from '@countersign/client/web'
 *
 * const options: WebStoreOptions = { name: 'orders' }
 * ```
 */
export interface WebStoreOptions {
  /** One name for each session of an origin. Default: `countersign`. */
  readonly name?: string
}

type Optional = SessionRecord | undefined

/** The part of Web Locks that is used. */
interface Locks {
  request(name: string, work: () => Promise<void>): Promise<void>
}

/** Keys of the object store. */
const [current, reserved] = ['session', 'reserved']

/** Characters. More than the largest record: an answer with tokens has at most 65,536 bytes. */
const reservedLength = 69_632

/**
 * Keeps a session in IndexedDB, so that it outlives the page and the tabs of one origin share it. Any number of tabs may
 * use it at once, and be closed at any time: one of them logs in or refreshes while the others wait (Web Locks), so that one
 * of them asks the user. Nothing is stored in `localStorage`, `sessionStorage` or cookies.
 *
 * Every script of the origin can read the session, as it can read the page. A page that the server itself serves is
 * better off with the session cookie, which no script can read.
 *
 * Space for the next record is reserved before a login or a refresh is sent. If that fails, nothing is sent.
 *
 * Without Web Locks (a browser before 2022, plain http to a host that is not loopback) the store works as well: tabs may
 * refresh at the same time then, and all continue with the record that was stored first. Without IndexedDB (some private
 * windows, a sandboxed frame) every call rejects with {@link WebStoreError}; choose `memoryStore()` there.
 *
 * @param options The name of the session.
 * @throws WebStoreError `store_unusable`, from all three methods: if there is no IndexedDB, or the browser does not allow
 *   storing a record. `reason` is then the browser's name of its error, such as `QuotaExceededError`.
 * @example
 * ```ts
 * import { createClient, passwordSession } from '@countersign/client'
 * import { webStore } from '@countersign/client/web'
 *
 * declare function askUser(): Promise<{ username: string; password: string }>
 * const auth = passwordSession({ credentials: askUser, store: webStore() })
 * const client = createClient({ baseUrl: 'https://auth.example', auth })
 * ```
 */
export function webStore({ name = 'countersign' }: WebStoreOptions = {}): TokenStore {
  const replace = (spent: Optional, next: Optional) =>
    inTransaction(name, 'readwrite', async (transaction) => {
      if ((await recordIn(transaction))?.retryKey !== spent?.retryKey) return false
      if (next) transaction.put(current, next)
      else transaction.delete(current)
      transaction.delete(reserved)
      return true
    })
  return {
    read: () => inTransaction(name, 'readonly', recordIn),
    replace,
    reserve: async (): Promise<Reservation> => {
      const unlock = await lock(name)
      // A record that was stored has taken the space.
      let isUsed = false
      const release = async (): Promise<void> => {
        try {
          if (!isUsed) await inTransaction(name, 'readwrite', async (transaction) => transaction.delete(reserved))
        } finally {
          unlock()
        }
      }
      try {
        await inTransaction(name, 'readwrite', async (transaction) =>
          transaction.put(reserved, ' '.repeat(reservedLength)),
        )
      } catch (error) {
        unlock()
        throw error
      }
      const replaceHere = async (spent: Optional, next: Optional) => {
        isUsed = await replace(spent, next)
        return isUsed
      }
      return { replace: replaceHere, release }
    },
  }
}

async function recordIn(transaction: Transaction): Promise<Optional> {
  const stored = await transaction.get(current)
  if (stored === undefined) return undefined
  const record = parseRecord(membersOf(stored))
  if (!record) throw new WebStoreError('not_a_session')
  return record
}

/** Waits for the lock of all tabs. The browser releases it when the tab is closed. @returns Releases it. */
async function lock(name: string): Promise<() => void> {
  const { locks } = (globalThis.navigator ?? {}) as { locks?: Locks }
  if (!locks) return () => {}
  return new Promise((resolve, reject) => {
    const held = locks.request(`countersign:${name}`, () => new Promise<void>((release) => resolve(release)))
    held.catch((error) => reject(webStoreError(error)))
  })
}
