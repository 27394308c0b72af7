/**
 * What is worth logging although no call fails because of it.
 *
 * | `code`           | meaning                                                                                          |
 * | ---------------- | ------------------------------------------------------------------------------------------------ |
 * | `request_failed` | a token request failed: no answer, 408, 429 or 5xx. It is repeated if that can help              |
 * | `refresh_failed` | a token could not be replaced before it expires; the old one is used, and the next call tries again |
 * | `store_failed`   | received tokens could not be stored; they are kept in memory, and stored before the next refresh |
 * | `clock_off`      | the clock of this machine and the server's differ by more than a minute                          |
 *
 * @example
 * ```ts
 * import { type Advisory, createTokens, passwordSession } from '@countersign/client'
 *
 * const log = ({ code, message }: Advisory) => console.warn(`${code}: ${message}`)
 * const auth = passwordSession({ username: 'ada', password: 'correct horse battery' })
 * createTokens({ issuer: 'https://auth.example', auth }).on('advisory', log)
 * ```
 */
export interface Advisory {
  readonly code: 'request_failed' | 'refresh_failed' | 'store_failed' | 'clock_off'
  /** A sentence without secrets. It does not quote errors of a store. */
  readonly message: string
  /** The error, if there was one. */
  readonly error?: unknown
}
