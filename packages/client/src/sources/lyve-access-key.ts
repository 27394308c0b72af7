import { ask } from '../session/ask.ts'
import { bearerToken } from '../session/token-set.ts'
import type { Auth } from '../session/token-source.ts'
import { UnexpectedResponseError } from '../transport/errors.ts'
import { membersOf } from '../transport/problem.ts'
import { loginTimeoutSeconds, untilRefused, withRetries } from '../transport/retry.ts'
import { heldToken } from './held-token.ts'
import { refusedLogin } from './json-request.ts'

/**
 * Options of {@link lyveAccessKey}: what `countersign create-access-key` prints.
 *
 * @example
 * ```ts
 * import type { LyveAccessKeyOptions } from '@countersign/client/dialects'
 *
 * const options: LyveAccessKeyOptions = { accountId: 'archive', accessKey: '0068f2…', secret: 'cs_key_…' }
 * ```
 */
export interface LyveAccessKeyOptions {
  /** The account's id or name. */
  readonly accountId: string
  /** The id of the access key. */
  readonly accessKey: string
  readonly secret: string
}

/**
 * Tokens of an account of the Lyve dialect (`POST /v2/auth/token`). A token is requested on first use, kept in memory,
 * and replaced before it expires. The dialect cannot revoke a token: signing out only forgets it.
 *
 * Calls reject with ProblemError `credentials_invalid` if the key is refused; a refused key is not sent a second time.
 *
 * @param options The account and its access key.
 * @example
 * ```ts
 * import { createClient } from '@countersign/client'
 * import { lyveAccessKey } from '@countersign/client/dialects'
 *
 * const client = createClient({
 *   baseUrl: 'https://auth.example',
 *   auth: lyveAccessKey({ accountId: 'archive', accessKey: '0068f2…', secret: 'cs_key_…' }),
 * })
 * ```
 */
export function lyveAccessKey({ accountId, accessKey, secret }: LyveAccessKeyOptions): Auth {
  return {
    connect: (server) => {
      const logIn = async (timeoutSeconds: () => number) => {
        const answer = await ask(server, '/v2/auth/token', {
          body: { accountId, accessKey, secret },
          timeoutSeconds: timeoutSeconds(),
          refusal: (answer) => refusedLogin(answer, [secret], answer.status === 403),
        })
        // A number, or a string of digits: the server's operator chooses.
        const lifetimeSeconds = Number(membersOf(answer.body)?.expirationSec)
        if (!(lifetimeSeconds > 0)) throw new UnexpectedResponseError(200, 'expirationSec is not a valid lifetime')
        return { accessToken: bearerToken(answer, 'token'), lifetimeSeconds, sentAt: answer.sentAt }
      }
      return heldToken(
        server,
        untilRefused(() => withRetries(logIn, loginTimeoutSeconds, server)),
      )
    },
  }
}
