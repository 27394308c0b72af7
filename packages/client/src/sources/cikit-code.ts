import { ask } from '../session/ask.ts'
import { rotatingSession } from '../session/rotating-session.ts'
import { bearerTokenSet } from '../session/token-set.ts'
import type { Auth } from '../session/token-source.ts'
import { memoryStore, type TokenStore } from '../session/token-store.ts'
import { membersOf } from '../transport/problem.ts'
import { refusedLogin } from './json-request.ts'

/**
 * Options of {@link cikitCode}.
 *
 * @example
 * ```ts
 * import type { CikitCodeOptions } from '@countersign/client/dialects'
 *
 * const options: CikitCodeOptions = { username: 'ada', code: async () => '123456' }
 * ```
 */
export interface CikitCodeOptions {
  readonly username: string
  /** Called for a code of the user's authenticator (RFC 6238) at each login. */
  readonly code: () => string | Promise<string>
  /** Where the session is stored. Default: in memory. A user has one session: programs of one user share a store. */
  readonly store?: TokenStore
  /** Whether to log in again when the server ends the session. Default: false. */
  readonly relogin?: boolean
}

/** The vendor's numbers for a wrong code and an unknown user. */
const wrongCredentials: readonly unknown[] = [902, 903]

/**
 * A session of the CIKit dialect: `POST /api/v1/user/auth` with the code of an authenticator (RFC 6238), then with the
 * refresh token. A user has one session of this dialect: a login ends the earlier one.
 *
 * Calls reject with ProblemError `credentials_invalid` if the code is refused, and with SessionExpiredError if the user
 * must log in again.
 *
 * @param options The user's name, a function that returns a code, and where to store the session.
 * @example
 * ```ts
 * import { createClient } from '@countersign/client'
 * import { cikitCode } from '@countersign/client/dialects'
 *
 * declare function prompt(question: string): Promise<string>
 * const client = createClient({
 *   baseUrl: 'https://auth.example',
 *   auth: cikitCode({ username: 'ada', code: () => prompt('Code: ') }),
 * })
 * ```
 */
export function cikitCode(options: CikitCodeOptions): Auth {
  const { username, code, store = memoryStore(), relogin = false } = options
  return {
    connect: (server) => {
      const logIn = async () => {
        const shown = await code()
        const answer = await ask(server, '/api/v1/user/auth', {
          body: { username, code: shown },
          refusal: (answer) => {
            return refusedLogin(answer, [shown], wrongCredentials.includes(membersOf(answer.body)?.errorId))
          },
        })
        return { username, tokens: bearerTokenSet(answer, { refreshToken: true }) }
      }
      const refresh = async (refreshToken: string, retryKey: string, timeoutSeconds: number) => {
        const answer = await ask(server, '/api/v1/user/auth/refresh', {
          headers: { 'Idempotency-Key': retryKey },
          body: { grant_type: 'refresh_token', refresh_token: refreshToken },
          timeoutSeconds,
          secrets: [refreshToken, retryKey],
        })
        return bearerTokenSet(answer, { refreshToken: true })
      }
      return rotatingSession(server, { kind: 'cikit', username, relogin, logIn, refresh }, store)
    },
  }
}
