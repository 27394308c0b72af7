import { ask } from '../session/ask.ts'
import { bearerToken } from '../session/token-set.ts'
import type { Auth } from '../session/token-source.ts'
import { UnexpectedResponseError } from '../transport/errors.ts'
import { membersOf } from '../transport/problem.ts'
import { untilRefused } from '../transport/retry.ts'
import { heldToken } from './held-token.ts'
import { refusedLogin } from './json-request.ts'

/**
 * Options of {@link insightToken}.
 *
 * @example
 * ```ts
 * import type { InsightTokenOptions } from '@countersign/client/dialects'
 *
 * const options: InsightTokenOptions = { username: 'ada', password: 'correct horse battery' }
 * ```
 */
export interface InsightTokenOptions {
  readonly username: string
  readonly password: string
}

/** Ten years: a token without an expiry is replaced after a refusal only. */
const maxLifetimeSeconds = 10 * 366 * 86_400

/**
 * A personal token of the Insight dialect (`POST /api/authenticate/userpass`). It is requested on first use, kept in
 * memory, and valid until it is revoked. Each program that starts creates one: of a user's, the server keeps the 100
 * that were used last. Signing out revokes it. For a token that you have already, use `staticToken`.
 *
 * Calls reject with ProblemError `credentials_invalid` if the login is refused; a refused password is not sent a second
 * time.
 *
 * @param options The user's name and password.
 * @example
 * ```ts
 * import { createClient } from '@countersign/client'
 * import { insightToken } from '@countersign/client/dialects'
 *
 * const client = createClient({
 *   baseUrl: 'https://auth.example',
 *   auth: insightToken({ username: 'ada', password: 'correct horse battery' }),
 * })
 * ```
 */
export function insightToken({ username, password }: InsightTokenOptions): Auth {
  return {
    connect: (server) => {
      const logIn = async () => {
        const answer = await ask(server, '/api/authenticate/userpass', {
          body: new URLSearchParams({ username, password }),
          refusal: (answer) => refusedLogin(answer, [password], answer.status === 401),
        })
        const expiresAt = Date.parse(String(membersOf(answer.body)?.expiresOn)) / 1000
        const lifetimeSeconds = Math.min(expiresAt - server.clock.epochSeconds(), maxLifetimeSeconds)
        if (!(lifetimeSeconds > 0)) throw new UnexpectedResponseError(200, 'expiresOn is not a date to come')
        return { accessToken: bearerToken(answer, 'token'), lifetimeSeconds, sentAt: answer.sentAt }
      }
      return heldToken(server, untilRefused(logIn), async (token) => {
        await ask(server, '/api/token', { method: 'DELETE', headers: { 'X-Auth-Token': token }, secrets: [token] })
      })
    },
  }
}
