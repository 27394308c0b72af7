import type { TokenAnswer } from '../transport/authorization-server.ts'
import { UnexpectedResponseError } from '../transport/errors.ts'
import { membersOf } from '../transport/problem.ts'
import { isBearerToken } from '../transport/token.ts'

/** What an exchange yields. */
export interface TokenSet {
  readonly accessToken: string
  /** Seconds the access token lives from `sentAt` on. */
  readonly lifetimeSeconds: number
  /** When it was asked for, by `Clock.elapsedSeconds`: the server's clock has no part in it. */
  readonly sentAt: number
  readonly refreshToken?: string
}

/** Ten years; a number beyond it is a fault or malice, and would never let a token be refreshed. */
const maxLifetimeSeconds = 10 * 366 * 86_400

/**
 * Reads a token answer of the native API or of OAuth (RFC 6749 §5.1).
 *
 * @throws UnexpectedResponseError When a member is missing or not sound. The caller then still has its old tokens.
 */
export function bearerTokenSet(answer: TokenAnswer, wanted: { refreshToken: boolean }): TokenSet {
  const body = membersOf(answer.body)
  const accessToken = bearerToken(answer, 'access_token')
  if (typeof body?.token_type !== 'string' || body.token_type.toLowerCase() !== 'bearer') {
    throw new UnexpectedResponseError(answer.status, 'token_type is not Bearer')
  }
  const lifetimeSeconds = body.expires_in
  if (typeof lifetimeSeconds !== 'number' || !(lifetimeSeconds > 0 && lifetimeSeconds <= maxLifetimeSeconds)) {
    throw new UnexpectedResponseError(answer.status, 'expires_in is not a possible lifetime')
  }
  const tokens = { accessToken, lifetimeSeconds, sentAt: answer.sentAt }
  if (!wanted.refreshToken) return tokens
  return { ...tokens, refreshToken: bearerToken(answer, 'refresh_token') }
}

/** One member that must be a bearer token. */
export function bearerToken(answer: TokenAnswer, name: string): string {
  const value = membersOf(answer.body)?.[name]
  if (!isBearerToken(value)) throw new UnexpectedResponseError(answer.status, `${name} is missing or no bearer token`)
  return value
}
