import { membersOf } from '../transport/problem.ts'

/** What a session came from: the native login, or the Manifold dialect's. */
export type SessionKind = 'password' | 'manifold'

/**
 * A session as it is stored: the tokens, and the key that makes the *next* refresh repeatable. Key and refresh token
 * are written together, so that whoever holds the one holds the other, also after a crash.
 */
export interface SessionRecord {
  /**
   * The `Idempotency-Key` of the refresh that will spend this record: 128 random bits, 22 characters base64url. No two
   * records have the same, so a store compares records by it alone.
   */
  readonly retryKey: string
  readonly kind: SessionKind
  /** The server the tokens belong to, and the only one they are sent to. */
  readonly baseUrl: string
  /** Who logged in, where it is known. */
  readonly username?: string
  readonly accessToken: string
  /** Absent where the server gives none: then the credentials are presented again. */
  readonly refreshToken?: string
  /** Epoch seconds by the clock of the process that wrote it. */
  readonly issuedAt: number
  /** When the access token expires, epoch seconds by the same clock. */
  readonly expiresAt: number
}

/**
 * Checks what a store gives back.
 *
 * @returns The record, or `undefined` when the value is none.
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
