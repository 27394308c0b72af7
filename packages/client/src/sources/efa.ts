// The wire of the EFA dialect: its tokens, and their refresh. The answers name no lifetime.

import { ask } from '../session/ask.ts'
import type { SessionGrant } from '../session/rotating-session.ts'
import { bearerToken, type TokenSet } from '../session/token-set.ts'
import type { AuthorizationServer, TokenAnswer } from '../transport/authorization-server.ts'
import { membersOf } from '../transport/problem.ts'

/** Parses tokens; the refresh token is absent where the server issues none. */
export function efaTokens(answer: TokenAnswer, lifetimeSeconds: number): TokenSet {
  const tokens = { accessToken: bearerToken(answer, 'access-token'), lifetimeSeconds, sentAt: answer.sentAt }
  if (membersOf(answer.body)?.['refresh-token'] === undefined) return tokens
  return { ...tokens, refreshToken: bearerToken(answer, 'refresh-token') }
}

/** Refreshes tokens of any kind. */
export function efaRefresh(server: AuthorizationServer, lifetimeSeconds: number): SessionGrant['refresh'] {
  return async (refreshToken, retryKey, timeoutSeconds) => {
    const answer = await ask(server, '/v1/auth/token/refresh', {
      headers: { 'Idempotency-Key': retryKey },
      body: { 'grant-type': 'refresh_token', 'refresh-token': refreshToken },
      timeoutSeconds,
      secrets: [refreshToken, retryKey],
    })
    return efaTokens(answer, lifetimeSeconds)
  }
}
