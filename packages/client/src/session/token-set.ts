import type { TokenAnswer } from '../transport/authorization-server.ts'
import { UnexpectedResponseError } from '../transport/errors.ts'
import { membersOf } from '../transport/problem.ts'
import { isBearerToken } from '../transport/token.ts'

/** The result of a token request. */
export interface TokenSet {
  readonly accessToken: string
  /** Lifetime of the access token in seconds, from `sentAt`. */
  readonly lifetimeSeconds: number
  /** When the request was sent, by `Clock.elapsedSeconds`; independent of the server's clock. */
  readonly sentAt: number
  readonly refreshToken?: string
}

/** Ten years. A larger number is a fault or an attack: the token would never be refreshed. */
const maxLifetimeSeconds = 10 * 366 * 86_400

/**
 * Parses a token response of the native API or of OAuth (RFC 6749 §5.1).
 *
 * @throws UnexpectedResponseError If a member is missing or invalid. The caller keeps its old tokens then.
 */
export function bearerTokenSet(answer: TokenAnswer, wanted: { refreshToken: boolean }): TokenSet {
  const { token_type: type, expires_in: lifetimeSeconds } = membersOf(answer.body) ?? {}
  const accessToken = bearerToken(answer, 'access_token')
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer')
    throw new UnexpectedResponseError(answer.status, 'token_type is not Bearer')
  if (typeof lifetimeSeconds !== 'number' || !(lifetimeSeconds > 0 && lifetimeSeconds <= maxLifetimeSeconds)) {
    throw new UnexpectedResponseError(answer.status, 'expires_in is not a valid lifetime')
  }
  const tokens = { accessToken, lifetimeSeconds, sentAt: answer.sentAt }
  if (!wanted.refreshToken) return tokens
  return { ...tokens, refreshToken: bearerToken(answer, 'refresh_token') }
}

/** Reads one member that must be a bearer token. */
export function bearerToken(answer: TokenAnswer, name: string): string {
  const value = membersOf(answer.body)?.[name]
  if (!isBearerToken(value))
    throw new UnexpectedResponseError(answer.status, `${name} is missing or not a bearer token`)
  return value
}
