// The folder sources/ has the token sources: how each kind of login obtains its tokens. It must not know the calls.

import { ask } from '../session/ask.ts'
import { rotatingSession } from '../session/rotating-session.ts'
import { bearerTokenSet, type TokenSet } from '../session/token-set.ts'
import type { Auth, IssuingServer, Target } from '../session/token-source.ts'
import { memoryStore, type TokenStore } from '../session/token-store.ts'
import type { TokenAnswer } from '../transport/authorization-server.ts'
import type { operations } from '../transport/contract.ts'
import { ProblemError } from '../transport/errors.ts'
import { membersOf } from '../transport/problem.ts'
import { untilRefused } from '../transport/retry.ts'

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
  /**
   * Called at each login for a code of the user's authenticator (RFC 6238): each code works once. Default: none is sent.
   */
  readonly totp?: () => string | Promise<string>
  /** Where the session is stored. Default: the store of {@link createTokens}, or else in memory. */
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
 * the login is refused; a refused `password` is not sent a second time. A login whose answer was lost is not repeated.
 * A user who first has to change the password or set up an authenticator gets no session: ProblemError
 * `password_must_change` or `enrolment_required`.
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
  const { username, password, credentials, totp } = options
  const own = memoryStore()
  if (password !== undefined && username === undefined) throw new TypeError('A password requires a username')
  const fixed = username !== undefined && password !== undefined ? async () => ({ username, password }) : undefined
  const present = credentials ?? fixed
  return {
    connect: (server) => {
      const store = options.store ?? server.store ?? own
      const grant = {
        kind: 'password',
        clientId: 'countersign',
        hasTargets: true,
        username,
        relogin: options.relogin ?? password !== undefined,
        refresh: async (refreshToken: string, retryKey: string, timeoutSeconds: number, target: Target) => {
          const answer = await ask(server, '/v1/sessions/refresh', {
            headers: { 'Idempotency-Key': retryKey },
            body: { refresh_token: refreshToken, ...target },
            timeoutSeconds,
            secrets: [refreshToken, retryKey],
          })
          return bearerTokenSet(answer, { refreshToken: true })
        },
      } as const
      if (!present) return rotatingSession(server, grant, store)
      const logIn = async () => {
        const asked = await present()
        const shown = totp ? { ...asked, code: await totp() } : asked
        return { username: shown.username, tokens: await begin(server, shown) }
      }
      return rotatingSession(server, { ...grant, logIn: credentials ? logIn : untilRefused(logIn) }, store)
    },
  }
}

async function begin(server: IssuingServer, shown: Credentials): Promise<TokenSet> {
  const { resources, scope } = server
  const resource = resources?.length === 1 ? resources[0] : resources
  const { username: _, ...secrets } = shown
  const answer = await ask(server, '/v1/sessions', {
    body: { ...shown, resource, scope },
    secrets: Object.values(secrets).map(String),
    expected: [201],
  })
  refuseIncomplete(answer)
  return bearerTokenSet(answer, { refreshToken: true })
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
