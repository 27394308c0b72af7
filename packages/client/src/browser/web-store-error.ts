import { recognizedInAnyBuild } from '../transport/any-build.ts'

/**
 * The browser does not allow storing a session.
 *
 * @example
 * ```ts
 * import { type Client, unwrap } from '@countersign/client'
 * import { WebStoreError } from '@countersign/client/web'
 *
 * export async function show(client: Client): Promise<void> {
 *   try {
 *     console.log(await unwrap(client.GET('/v1/me')))
 *   } catch (error) {
 *     if (error instanceof WebStoreError && error.reason === 'QuotaExceededError') console.error('There is no space left')
 *     else throw error
 *   }
 * }
 * ```
 */
export class WebStoreError extends Error {
  static {
    recognizedInAnyBuild(WebStoreError, 'WebStoreError')
  }

  override readonly name = 'WebStoreError'
  readonly code = 'store_unusable'
  /**
   * `no_indexeddb`, `not_a_session`, or the browser's name of its error, such as `QuotaExceededError` or
   * `SecurityError`.
   */
  readonly reason: string

  constructor(reason: string) {
    super(`No session can be kept in this browser: ${sentences[reason] ?? 'IndexedDB failed'} (${reason})`)
    this.reason = reason
  }
}

/** The meaning of the browser's errors (Indexed Database API 3.0 §3.3). */
const sentences: Readonly<Record<string, string>> = {
  no_indexeddb: 'it has no IndexedDB',
  not_a_session: 'what is stored is not a session',
  QuotaExceededError: 'there is no space left',
  SecurityError: 'this page may not store anything',
  InvalidStateError: 'a private window of it may not store anything',
  VersionError: 'another version of this program uses the storage',
}

/** Replaces an error of IndexedDB, whose message is the browser's. */
export function webStoreError(error: unknown): WebStoreError {
  if (error instanceof WebStoreError) return error
  const { name } = (error ?? {}) as { name?: unknown }
  return new WebStoreError(typeof name === 'string' && /^[A-Z]\w{2,40}$/.test(name) ? name : 'UnknownError')
}
