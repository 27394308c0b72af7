import { ask } from '../session/ask.ts'
import { rotatingSession } from '../session/rotating-session.ts'
import { bearerToken, type TokenSet } from '../session/token-set.ts'
import type { Auth } from '../session/token-source.ts'
import { memoryStore, type TokenStore } from '../session/token-store.ts'
import type { TokenAnswer } from '../transport/authorization-server.ts'
import { base64 } from '../transport/clock.ts'
import { membersOf } from '../transport/problem.ts'
import { loginTimeoutSeconds, untilRefused } from '../transport/retry.ts'

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
  /** Where the session is stored. Default: the store of {@link createTokens}, or else in memory. */
  readonly store?: TokenStore
  /** Lifetime of an access token in seconds; the response does not contain it. Default: 600. */
  readonly lifetimeSeconds?: number
}

/**
 * A session of the Manifold dialect: `GET /manifold-api/login` with Basic (RFC 7617), then with the refresh token as
 * Bearer on the same path, and with Basic again if that is refused or the server issues no refresh token.
 *
 * A refused password is not sent a second time, and a login is not repeated.
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
  const { username, password, lifetimeSeconds = 600 } = options
  const own = memoryStore()
  if (username.includes(':')) throw new TypeError('A username for Basic must not contain a colon')
  const basic = base64(new TextEncoder().encode(`${username}:${password}`))
  return {
    connect: (server) => {
      const show = async (
        scheme: string,
        credential: string,
        secrets: readonly string[],
        headers?: Record<string, string>,
        timeoutSeconds = loginTimeoutSeconds,
      ) => {
        const answer = await ask(server, '/manifold-api/login', {
          method: 'GET',
          headers: { ...headers, Authorization: `${scheme} ${credential}` },
          timeoutSeconds,
          secrets: [credential, ...secrets],
        })
        return tokenSet(answer, lifetimeSeconds)
      }
      const logIn = untilRefused(async () => ({ username, tokens: await show('Basic', basic, [password]) }))
      const refresh = (token: string, key: string, timeoutSeconds: number) =>
        show('Bearer', token, [key], { 'Idempotency-Key': key }, timeoutSeconds)
      const grant = { kind: 'manifold', username, relogin: true, logIn, refresh } as const
      return rotatingSession(server, grant, options.store ?? server.store ?? own)
    },
  }
}

function tokenSet(answer: TokenAnswer, lifetimeSeconds: number): TokenSet {
  const tokens = { accessToken: bearerToken(answer, 'token'), lifetimeSeconds, sentAt: answer.sentAt }
  if (membersOf(answer.body)?.refresh_token === undefined) return tokens
  return { ...tokens, refreshToken: bearerToken(answer, 'refresh_token') }
}
