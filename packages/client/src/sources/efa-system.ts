import { rotatingSession } from '../session/rotating-session.ts'
import { type Auth, connect, type TokenFunction, type TokenSource } from '../session/token-source.ts'
import { memoryStore, type TokenStore } from '../session/token-store.ts'
import type { TokenAnswer } from '../transport/authorization-server.ts'
import { SessionExpiredError } from '../transport/errors.ts'
import { problemOf } from '../transport/problem.ts'
import { loginTimeoutSeconds } from '../transport/retry.ts'
import type { Token } from '../transport/token.ts'
import { efaRefresh, efaTokens } from './efa.ts'

/**
 * Options of {@link efaSystem}.
 *
 * @example
 * ```ts
 * import { passwordSession } from '@countersign/client'
 * import type { EfaSystemOptions } from '@countersign/client/dialects'
 *
 * const owner = passwordSession({ username: 'owner', password: 'correct horse battery' })
 * const options: EfaSystemOptions = { owner, lifetimeSeconds: 3600 }
 * ```
 */
export interface EfaSystemOptions {
  /** Source of the owner's token, of this dialect or of a native session. It is used only to request a system token. */
  readonly owner: Auth | TokenSource | TokenFunction
  /** Where the system token is stored. Default: in memory. */
  readonly store?: TokenStore
  /** Lifetime of an access token in seconds; the response does not contain it. Default: 86400. */
  readonly lifetimeSeconds?: number
}

const path = '/v1/auth/token/system-access-token'

/**
 * A system token of the EFA dialect: the owner's token requests it (`POST /v1/auth/token/system-access-token`), then its
 * refresh token. It acts for the owner with at most the role of a manager.
 *
 * Calls reject with ProblemError if the owner's token is refused, with the errors of the owner's source, and with
 * SessionExpiredError if that source has no token.
 *
 * @param options The source of the owner's token, and where to store the system token.
 * @example
 * ```ts
 * import { createClient, passwordSession } from '@countersign/client'
 * import { efaSystem } from '@countersign/client/dialects'
 *
 * const owner = passwordSession({ username: 'owner', password: 'correct horse battery' })
 * const client = createClient({ baseUrl: 'https://auth.example', auth: efaSystem({ owner }) })
 * ```
 */
export function efaSystem({ owner, store = memoryStore(), lifetimeSeconds = 86_400 }: EfaSystemOptions): Auth {
  return {
    connect: (server) => {
      const source = connect(owner, server)
      const presentation = { method: 'POST', url: server.baseUrl + path }
      const ask = (token: Token): Promise<TokenAnswer> => {
        const headers = { Authorization: `Bearer ${token.reveal()}`, Accept: 'application/json' }
        return server.request({ method: 'POST', path, headers, timeoutSeconds: loginTimeoutSeconds })
      }
      const logIn = async () => {
        let token = await source.token(presentation)
        if (!token) throw new SessionExpiredError()
        let answer = await ask(token)
        const fresh = answer.status === 401 ? await source.refused(token, presentation) : undefined
        if (fresh) {
          token = fresh
          answer = await ask(fresh)
        }
        if (answer.status !== 200) throw problemOf(answer, answer.body, [token.reveal()])
        return { username: undefined, tokens: efaTokens(answer, lifetimeSeconds) }
      }
      const grant = { kind: 'efa-system', username: undefined, relogin: true, logIn } as const
      return rotatingSession(server, { ...grant, refresh: efaRefresh(server, lifetimeSeconds) }, store)
    },
  }
}
