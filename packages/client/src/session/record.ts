import { membersOf } from '../transport/problem.ts'

/**
 * The kind of login that a session comes from: the native one, or one of a dialect.
 *
 * @example
 * ```ts
 * import type { SessionKind, SessionRecord } from '@countersign/client'
 *
 * const native: SessionKind = 'password'
 * export const isNative = ({ kind }: SessionRecord) => kind === native
 * ```
 */
export type SessionKind = (typeof kinds)[number]

const kinds = ['password', 'manifold', 'cikit', 'efa-user', 'efa-client', 'efa-system'] as const

/**
 * An access token of a session, for one API.
 *
 * @example
 * ```ts
 * import type { StoredToken } from '@countersign/client'
 *
 * export const isFor = (api: string) => (token: StoredToken) => token.resource === api
 * ```
 */
export interface StoredToken {
  /** The API that the token is for (RFC 8707). Absent: the server itself. */
  readonly resource?: string | undefined
  /** The scope that was asked for, space-separated. Absent: that of the login. */
  readonly scope?: string | undefined
  readonly accessToken: string
  /** When the access token expires: epoch seconds by the clock of the process that wrote it. */
  readonly expiresAt: number
}

/**
 * A spent refresh token, with the key that it was spent with.
 *
 * @example
 * ```ts
 * import type { Predecessor } from '@countersign/client'
 *
 * export const isKnown = (predecessor: Predecessor | undefined) => predecessor !== undefined
 * ```
 */
export interface Predecessor {
  readonly refreshToken: string
  readonly retryKey: string
}

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
export interface SessionRecord extends StoredToken {
  /**
   * The `Idempotency-Key` of the refresh that will spend this record: 128 random bits, 22 characters base64url. It is
   * unique to a refresh token, so a store compares records by it alone. A record that only gets the token of another API
   * keeps its key.
   */
  readonly retryKey: string
  readonly kind: SessionKind
  /** The server of the tokens. They are sent nowhere else. */
  readonly baseUrl: string
  /** The user, if known. */
  readonly username?: string
  /** The access tokens of the session's other APIs. Absent in records of version 0.1.0. */
  readonly others?: readonly StoredToken[]
  /** Absent if the server issues none: the credentials are then presented again. */
  readonly refreshToken?: string
  /**
   * The refresh token that this record's was exchanged for, with its key. Within the retry window it still gets access
   * tokens for other APIs, without spending this record's. Absent after a login.
   */
  readonly predecessor?: Predecessor
  /** When the refresh token was issued: epoch seconds by the clock of the process that wrote the record. */
  readonly issuedAt: number
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
  const { others = [], predecessor = {} } = record
  const before = membersOf(predecessor)
  const sound =
    record.retryKey &&
    record.baseUrl &&
    before &&
    [record.retryKey, record.baseUrl, record.username, record.refreshToken, before.refreshToken, before.retryKey].every(
      isOptionalText,
    ) &&
    Number.isFinite(record.issuedAt) &&
    kinds.includes(record.kind as SessionKind) &&
    Array.isArray(others) &&
    [record, ...others].every(isStoredToken)
  return sound ? (value as SessionRecord) : undefined
}

function isStoredToken(value: unknown): boolean {
  const { accessToken, resource, scope, expiresAt } = membersOf(value) ?? {}
  return !!accessToken && [accessToken, resource, scope].every(isOptionalText) && Number.isFinite(expiresAt)
}

const isOptionalText = (value: unknown) => value === undefined || typeof value === 'string'
