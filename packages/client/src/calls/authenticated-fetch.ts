// The `fetch` below the typed calls. It presents the token, and repeats a call once if the server refuses the token.
// openapi-fetch's middleware cannot repeat a request.

import type { TokenSource } from '../session/token-source.ts'
import { bufferedBody, present, type Refusal } from '../tokens/present.ts'
import type { BaseUrl } from '../transport/base-url.ts'
import type { Clock } from '../transport/clock.ts'
import { membersOf, parseJson } from '../transport/problem.ts'
import { untilAborted } from '../transport/single-flight.ts'
import type { Token } from '../transport/token.ts'
import { readsNoToken } from '../transport/tokenless.ts'
import { type Fetch, type Limits, send, withoutCookies } from '../transport/transport.ts'

/** What the calls of one client share. */
export interface Calls {
  readonly base: BaseUrl
  readonly fetch: Fetch
  readonly clock: Clock
  readonly limits: Limits
  readonly source: Pick<TokenSource, 'token' | 'refused'> | undefined
  /** Whether the base URL is that of the server which issues the tokens. Otherwise it is an API of one's own. */
  readonly isIssuer: boolean
}

/** Headers of a call that brings its own credential. The server would refuse a second credential. */
const ownCredentials = ['Authorization', 'X-Auth-Token']

/** Codes of a 401 that concern the token. Other codes concern the request, such as a wrong current password. */
const aboutTheToken = new Set<unknown>(['token_invalid', 'token_expired', 'credentials_missing'])

/**
 * Adds the token to requests below the base URL. A call with its own credential is sent unchanged.
 *
 * @returns A `fetch` that refuses other URLs.
 * @throws TypeError For a URL outside the base URL: a mistake in the application, or a path built from untrusted input.
 */
export function authenticatedFetch({ base, fetch, clock, limits, source, isIssuer }: Calls): Fetch {
  return async (request) => {
    if (!base.contains(request.url)) throw new TypeError('A call must stay below the base URL')
    const path = request.url.slice(base.href.length).replace(/[?#].*/, '')
    const bringsItsOwn = ownCredentials.some((name) => request.headers.has(name))
    if (!source || bringsItsOwn || (isIssuer && readsNoToken(request.method, path)))
      return send(fetch, clock, request, limits)
    const body = await untilAborted(() => bufferedBody(request), request.signal)
    const attempt = (token: Token | undefined): Promise<Response> => {
      let again = new Request(request, body && { body })
      if (token) {
        again = withoutCookies(again)
        again.headers.set('Authorization', `Bearer ${token.reveal()}`)
      }
      return send(fetch, clock, again, limits)
    }
    return present(source, request, attempt, isIssuer ? { judge: bufferedAnswer } : {})
  }
}

/** Buffers a 401 answer, so that the caller can still read it. */
async function bufferedAnswer(response: Response): Promise<Refusal> {
  const text = await response.text()
  const code = membersOf(parseJson(text))?.code
  return {
    response: new Response(text, response),
    isAboutTheToken: typeof code !== 'string' || aboutTheToken.has(code),
  }
}
