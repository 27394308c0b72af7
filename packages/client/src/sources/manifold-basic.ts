import { RotatingSession } from '../session/rotating-session.ts'
import { bearerToken, type TokenSet } from '../session/token-set.ts'
import type { Auth } from '../session/token-source.ts'
import { memoryStore, type TokenStore } from '../session/token-store.ts'
import type { TokenAnswer } from '../transport/authorization-server.ts'
import { membersOf, problemOf } from '../transport/problem.ts'
import { loginBudgetSeconds, untilRefused, withRetries } from '../transport/retry.ts'

/**
 * Options of {@link manifoldBasic}.
 *
 * @example
 * ```ts
 * import type { ManifoldBasicOptions } from '@countersign/client'
 *
 * const options: ManifoldBasicOptions = { username: 'ada', password: 'correct horse battery' }
 * ```
 */
export interface ManifoldBasicOptions {
  readonly username: string
  readonly password: string
  /** Where the session is stored. Default: in memory. */
  readonly store?: TokenStore
  /** Lifetime of an access token in seconds; the response does not contain it. Default: 600. */
  readonly lifetimeSeconds?: number
}

/**
 * A session of the Manifold dialect: `GET /manifold-api/login` with Basic (RFC 7617), then with the refresh token as
 * Bearer on the same path, and with Basic again if that is refused or the server issues no refresh token.
 *
 * A refused password is not sent a second time.
 *
 * @param options The user's name and password, and where to store the session.
 * @throws TypeError For a username with a colon, which Basic cannot transport.
 * @example
 * ```ts
 * import { createClient, manifoldBasic } from '@countersign/client'
 *
 * const client = createClient({
 *   baseUrl: 'https://auth.example',
 *   auth: manifoldBasic({ username: 'ada', password: 'correct horse battery' }),
 * })
 * ```
 */
export function manifoldBasic(options: ManifoldBasicOptions): Auth {
  const { username, password, store = memoryStore(), lifetimeSeconds = 600 } = options
  if (username.includes(':')) throw new TypeError('A username for Basic must not contain a colon')
  const basic = base64(`${username}:${password}`)
  return {
    connect: (server) => {
      const show = (authorization: string, secrets: readonly string[], headers: Record<string, string> = {}) => {
        const request = { method: 'GET', path: '/manifold-api/login' } as const
        return async (timeoutSeconds: () => number) => {
          const sent = { ...headers, Authorization: authorization, Accept: 'application/json' }
          const answer = await server.request({ ...request, headers: sent, timeoutSeconds: timeoutSeconds() })
          if (answer.status !== 200) throw problemOf(answer, answer.body, secrets)
          return tokenSet(answer, lifetimeSeconds)
        }
      }
      const logIn = untilRefused(async () => ({
        username,
        tokens: await withRetries(show(`Basic ${basic}`, [password, basic]), loginBudgetSeconds, server),
      }))
      const refresh = (token: string, key: string, timeoutSeconds: number) =>
        show(`Bearer ${token}`, [token, key], { 'Idempotency-Key': key })(() => timeoutSeconds)
      return new RotatingSession(server, { kind: 'manifold', username, relogin: true, logIn, refresh }, store)
    },
  }
}

function tokenSet(answer: TokenAnswer, lifetimeSeconds: number): TokenSet {
  const tokens = { accessToken: bearerToken(answer, 'token'), lifetimeSeconds, sentAt: answer.sentAt }
  if (membersOf(answer.body)?.refresh_token === undefined) return tokens
  return { ...tokens, refreshToken: bearerToken(answer, 'refresh_token') }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
