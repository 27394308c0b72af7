import { ask } from '../session/ask.ts'
import { rotatingSession } from '../session/rotating-session.ts'
import type { Auth } from '../session/token-source.ts'
import { memoryStore, type TokenStore } from '../session/token-store.ts'
import { untilRefused } from '../transport/retry.ts'
import { efaRefresh, efaTokens } from './efa.ts'
import { refusedLogin } from './json-request.ts'

/**
 * Options of {@link efaUser}.
 *
 * @example
 * ```ts
 * import type { EfaUserOptions } from '@countersign/client/dialects'
 *
 * const options: EfaUserOptions = { username: 'ada', password: 'correct horse battery', lifetimeSeconds: 900 }
 * ```
 */
export interface EfaUserOptions {
  readonly username: string
  readonly password: string
  /** Where the session is stored. Default: in memory. */
  readonly store?: TokenStore
  /** Lifetime of an access token in seconds; the response does not contain it. Default: 3600. */
  readonly lifetimeSeconds?: number
}

/**
 * Options of {@link efaClient}.
 *
 * @example
 * ```ts
 * import type { EfaClientOptions } from '@countersign/client/dialects'
 *
 * const options: EfaClientOptions = {
 *   username: 'ada',
 *   password: 'correct horse battery',
 *   clientId: '0068f2a1b30c9d4e7f8a1b',
 * }
 * ```
 */
export interface EfaClientOptions extends EfaUserOptions {
  /** The `clientID` of the registered client. */
  readonly clientId: string
}

/**
 * A session of the EFA dialect: `POST /v1/auth/token/access-token` with a password, then with the refresh token, and
 * with the password again if that is refused.
 *
 * Calls reject with ProblemError `credentials_invalid` if the login is refused; a refused password is not sent a second
 * time.
 *
 * @param options The user's name and password, and where to store the session.
 * @example
 * ```ts
 * import { createClient } from '@countersign/client'
 * import { efaUser } from '@countersign/client/dialects'
 *
 * const client = createClient({
 *   baseUrl: 'https://auth.example',
 *   auth: efaUser({ username: 'ada', password: 'correct horse battery' }),
 * })
 * ```
 */
export function efaUser(options: EfaUserOptions): Auth {
  const { username, password } = options
  return byPassword('efa-user', 'access-token', { username, password }, options)
}

/**
 * A user's token through a registered client of the EFA dialect (`POST /v1/auth/token/client-access-token`). It permits
 * what both the user and the client may do. There is no refresh token: the password is presented again.
 *
 * Calls reject with ProblemError `credentials_invalid` if the user, the password or the client is refused; a refused
 * password is not sent a second time.
 *
 * @param options The user's name and password, the client's id, and where to store the token.
 * @example
 * ```ts
 * import { createClient } from '@countersign/client'
 * import { efaClient } from '@countersign/client/dialects'
 *
 * const client = createClient({
 *   baseUrl: 'https://auth.example',
 *   auth: efaClient({ username: 'ada', password: 'correct horse battery', clientId: '0068f2a1b30c9d4e7f8a1b' }),
 * })
 * ```
 */
export function efaClient(options: EfaClientOptions): Auth {
  const { username, password, clientId } = options
  return byPassword('efa-client', 'client-access-token', { username, password, clientId }, options)
}

function byPassword(
  kind: 'efa-user' | 'efa-client',
  path: string,
  shown: object,
  { username, password, store = memoryStore(), lifetimeSeconds = 3600 }: EfaUserOptions,
): Auth {
  return {
    connect: (server) => {
      const logIn = untilRefused(async () => {
        const answer = await ask(server, `/v1/auth/token/${path}`, {
          body: shown,
          refusal: (answer) => refusedLogin(answer, [password], answer.status === 401),
        })
        return { username, tokens: efaTokens(answer, lifetimeSeconds) }
      })
      const refresh = efaRefresh(server, lifetimeSeconds)
      return rotatingSession(server, { kind, username, relogin: true, logIn, refresh }, store)
    },
  }
}
