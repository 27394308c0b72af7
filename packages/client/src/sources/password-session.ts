// The folder sources/ has the token sources: how each kind of login obtains its tokens. It must not know the calls.
import { RotatingSession } from '../session/rotating-session.ts'
import { bearerTokenSet, type TokenSet } from '../session/token-set.ts'
import type { Auth } from '../session/token-source.ts'
import { memoryStore, type TokenStore } from '../session/token-store.ts'
import type { AuthorizationServer, TokenAnswer } from '../transport/authorization-server.ts'
import type { operations } from '../transport/contract.ts'
import { ProblemError } from '../transport/errors.ts'
import { membersOf, problemOf } from '../transport/problem.ts'
import { loginBudgetSeconds, untilRefused, withRetries } from '../transport/retry.ts'

/**
 * The credentials of a login: username, password, and whatever else the contract requires.
 *
 * @example
 * ```ts
 * import type { Credentials } from '@countersign/client'
 *
 * const shown: Credentials = { username: 'ada', password: 'correct horse battery', code: '123456' }
 * ```
 */
export type Credentials = Omit<operations['createSession']['requestBody']['content']['application/json'], 'cookie'>

/**
 * Options of {@link passwordSession}. Without `password` and `credentials`, a stored session is resumed, but none is
 * started.
 *
 * @example
 * ```ts
 * import type { PasswordSessionOptions } from '@countersign/client'
 * import { fileStore } from '@countersign/client/node'
 *
 * const resumed: PasswordSessionOptions = { username: 'ada', store: fileStore('session') }
 * ```
 */
export interface PasswordSessionOptions {
  /** The user of the session; a stored session of another user is refused. Required with `password`. */
  readonly username?: string
  readonly password?: string
  /** Called at each login, in place of `password`: a prompt or a vault. */
  readonly credentials?: () => Promise<Credentials>
  /** Where the session is stored. Default: in memory. */
  readonly store?: TokenStore
  /**
   * Whether to log in again when the server ends the session. Default: true with `password`, false with `credentials`.
   */
  readonly relogin?: boolean
}

/**
 * A session of the native API (`/v1/sessions`). It logs in if there is no session, and refreshes before the access
 * token expires and after a refusal, once for all waiting calls.
 *
 * A refresh whose answer was lost is repeated with the same `Idempotency-Key`, up to three times within 30 seconds, so
 * that a broken connection does not end the session. Processes may share a session through one store.
 *
 * Calls reject with SessionExpiredError if the user must log in again, and with ProblemError `credentials_invalid` if
 * the login is refused; a refused `password` is not sent a second time. A user who first has to change the password or
 * set up an authenticator gets no session: ProblemError `password_must_change` or `enrolment_required`.
 *
 * @param options The credentials, and where to store the session.
 * @throws TypeError For a password without a username.
 * @example
 * ```ts
 * import { createClient, passwordSession } from '@countersign/client'
 * import { fileStore } from '@countersign/client/node'
 *
 * const client = createClient({
 *   baseUrl: 'https://auth.example',
 *   auth: passwordSession({ username: 'ada', password: 'correct horse battery', store: fileStore('session') }),
 * })
 * ```
 */
export function passwordSession(options: PasswordSessionOptions): Auth {
  const { username, password, credentials, store = memoryStore() } = options
  if (password !== undefined && username === undefined) throw new TypeError('A password requires a username')
  const ask =
    credentials ?? (username !== undefined && password !== undefined ? async () => ({ username, password }) : undefined)
  return {
    connect: (server) => {
      const grant = {
        kind: 'password',
        username,
        relogin: options.relogin ?? password !== undefined,
        refresh: (refreshToken: string, retryKey: string, timeoutSeconds: number) =>
          refresh(server, refreshToken, retryKey, timeoutSeconds),
      } as const
      if (!ask) return new RotatingSession(server, grant, store)
      const logIn = async () => {
        const shown = await ask()
        return { username: shown.username, tokens: await begin(server, shown) }
      }
      return new RotatingSession(server, { ...grant, logIn: credentials ? logIn : untilRefused(logIn) }, store)
    },
  }
}

const headers = { 'Content-Type': 'application/json', Accept: 'application/json' }

async function begin(server: AuthorizationServer, shown: Credentials): Promise<TokenSet> {
  const body = JSON.stringify(shown)
  const { username: _, ...secrets } = shown
  const attempt = async (timeoutSeconds: () => number) => {
    const request = { method: 'POST', path: '/v1/sessions', headers, body } as const
    const answer = await server.request({ ...request, timeoutSeconds: timeoutSeconds() })
    if (answer.status !== 201) throw problemOf(answer, answer.body, Object.values(secrets).map(String))
    refuseIncomplete(answer)
    return bearerTokenSet(answer, { refreshToken: true })
  }
  return withRetries(attempt, loginBudgetSeconds, server)
}

/** The token of an incomplete login can only complete it, so that it is useless for this client's calls. */
function refuseIncomplete({ status, body }: TokenAnswer): void {
  const { must_change: mustChange, must_enrol: mustEnrol } = membersOf(body) ?? {}
  if (mustChange === true) {
    const detail = 'The password must be changed first: POST /v1/sessions, then PUT /v1/me/password with its token.'
    throw new ProblemError('password_must_change', { status, detail })
  }
  if (mustEnrol === true) {
    const detail = 'An authenticator must be set up first: POST /v1/sessions, then POST /v1/me/totp with its token.'
    throw new ProblemError('enrolment_required', { status, detail })
  }
}

async function refresh(
  server: AuthorizationServer,
  refreshToken: string,
  retryKey: string,
  timeoutSeconds: number,
): Promise<TokenSet> {
  const answer = await server.request({
    method: 'POST',
    path: '/v1/sessions/refresh',
    headers: { ...headers, 'Idempotency-Key': retryKey },
    body: JSON.stringify({ refresh_token: refreshToken }),
    timeoutSeconds,
  })
  if (answer.status !== 200) throw problemOf(answer, answer.body, [refreshToken, retryKey])
  return bearerTokenSet(answer, { refreshToken: true })
}
