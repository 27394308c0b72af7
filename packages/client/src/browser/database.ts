// IndexedDB as promises. A transaction that writes excludes the others of the same origin, in every tab: the browser
// orders them. Knows nothing of sessions.
import { WebStoreError, webStoreError } from './web-store-error.ts'

const objectStore = 'sessions'

/** The parts of IndexedDB that are used. The types of the web are not those of this package: it runs elsewhere too. */
interface IdbRequest<Result> {
  readonly result: Result
  readonly error: unknown
  onsuccess: () => void
  onerror: () => void
}
interface IdbObjectStore {
  get(key: string): IdbRequest<unknown>
  put(value: unknown, key: string): unknown
  delete(key: string): unknown
}
interface IdbTransaction {
  readonly error: unknown
  oncomplete: () => void
  onabort: () => void
  objectStore(name: string): IdbObjectStore
  abort(): void
}
interface IdbDatabase {
  createObjectStore(name: string): unknown
  transaction(name: string, mode: Mode, options: { durability: 'strict' }): IdbTransaction
  close(): void
}
interface IdbFactory {
  open(name: string, version: number): IdbRequest<IdbDatabase> & { onupgradeneeded: () => void }
}
type Mode = 'readonly' | 'readwrite'

/** What happens within one transaction. */
export interface Transaction {
  get(key: string): Promise<unknown>
  put(key: string, value: unknown): void
  delete(key: string): void
}

/**
 * Runs work in one transaction, and resolves when it is on disk. Work may only wait for `get`: otherwise the
 * transaction ends before it.
 *
 * The database is opened for each transaction: a tab that keeps it open would block one that deletes it.
 *
 * @throws WebStoreError For any failure; nothing is changed then.
 */
export async function inTransaction<Result>(
  name: string,
  mode: Mode,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  let database: IdbDatabase | undefined
  try {
    database = await open(name)
    // Otherwise Chromium resolves before the disk has it, and a crash of the machine restores the spent record.
    const transaction = database.transaction(objectStore, mode, { durability: 'strict' })
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
    const store = transaction.objectStore(objectStore)
    const working = work({
      get: (key) => resultOf(store.get(key)),
      put: (key, value) => void store.put(value, key),
      delete: (key) => void store.delete(key),
    }).catch((error) => {
      transaction.abort()
      throw error
    })
    const [result] = await Promise.all([working, done])
    return result
  } catch (error) {
    throw webStoreError(error)
  } finally {
    database?.close()
  }
}

function open(name: string): Promise<IdbDatabase> {
  const { indexedDB } = globalThis as { indexedDB?: IdbFactory }
  if (indexedDB === undefined) throw new WebStoreError('no_indexeddb')
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(objectStore)
  return resultOf(request)
}

function resultOf<Result>(request: IdbRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
