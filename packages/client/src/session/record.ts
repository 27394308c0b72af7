import { membersOf } from '../transport/problem.ts'

/**
 * The kind of login that a session comes from: the native one, or the Manifold dialect's.
 *
 * @example
 * ```ts
 * import type { SessionKind, SessionRecord } from '@countersign/client'
 *
 * const kinds: Readonly<Record<SessionKind, string>> = { password: 'native', manifold: 'Manifold dialect' }
 * export const titleOf = ({ kind }: SessionRecord) => kinds[kind]
 * ```
 */
export type SessionKind = 'password' | 'manifold'

/**
 * A stored session: the tokens, and the retry key of the *next* refresh. Key and refresh token are stored together, so
 * that a process that has one has the other, also after a crash.
 *
 * @example
 * ```ts
 * import type { SessionRecord } from '@countersign/client'
 *
 * export const secondsLeft = ({ expiresAt }: SessionRecord) => expiresAt - Date.now() / 1000
 * ```
 */
export interface SessionRecord {
  /**
   * The `Idempotency-Key` of the refresh that will spend this record: 128 random bits, 22 characters base64url. It is
   * unique, so a store compares records by it alone.
   */
  readonly retryKey: string
  readonly kind: SessionKind
  /** The server of the tokens. They are sent nowhere else. */
  readonly baseUrl: string
  /** The user, if known. */
  readonly username?: string
  readonly accessToken: string
  /** Absent if the server issues none: the credentials are then presented again. */
  readonly refreshToken?: string
  /** When the tokens were issued: epoch seconds by the clock of the process that wrote the record. */
  readonly issuedAt: number
  /** When the access token expires: epoch seconds by the same clock. */
  readonly expiresAt: number
}

/**
 * Validates a value that a store returns.
 *
 * @param value A parsed value, such as the result of `JSON.parse`.
 * @returns The record, or `undefined` if the value is not a valid record.
 * @example
 * ```ts
 * import { parseRecord } from '@countersign/client'
 *
 * const record = parseRecord(JSON.parse(localStorage.getItem('session') ?? 'null'))
 * ```
 */
export function parseRecord(value: unknown): SessionRecord | undefined {
  const record = membersOf(value)
  if (!record) return undefined
  const texts = [record.retryKey, record.baseUrl, record.accessToken]
  const optionalTexts = [record.username, record.refreshToken]
  const times = [record.issuedAt, record.expiresAt]
  const sound =
    texts.every((text) => typeof text === 'string' && text !== '') &&
    optionalTexts.every((text) => text === undefined || typeof text === 'string') &&
    times.every((time) => Number.isFinite(time)) &&
    (record.kind === 'password' || record.kind === 'manifold')
  return sound ? (value as SessionRecord) : undefined
}
