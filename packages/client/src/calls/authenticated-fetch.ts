// The `fetch` below the typed calls. It presents the token, and repeats a call once if the server refuses the token.
// openapi-fetch's middleware cannot repeat a request.

import type { TokenSource } from '../session/token-source.ts'
import type { BaseUrl } from '../transport/base-url.ts'
import type { Clock } from '../transport/clock.ts'
import { membersOf } from '../transport/problem.ts'
import { untilAborted } from '../transport/single-flight.ts'
import type { Token } from '../transport/token.ts'
import { readsNoToken } from '../transport/tokenless.ts'
import { type Fetch, type Limits, send } from '../transport/transport.ts'
import { withoutCookies } from '../transport/without-cookies.ts'

/** What the calls of one client share. */
export interface Calls {
  readonly base: BaseUrl
  readonly fetch: Fetch
  readonly clock: Clock
  readonly limits: Limits
  readonly source: TokenSource | undefined
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
export function authenticatedFetch({ base, fetch, clock, limits, source }: Calls): Fetch {
  return async (request) => {
    if (!base.contains(request.url)) throw new TypeError('A call must stay below the base URL')
    const path = new URL(request.url).pathname.slice(new URL(base.href).pathname.replace(/\/$/, '').length)
    const bringsItsOwn = ownCredentials.some((name) => request.headers.has(name))
    if (!source || bringsItsOwn || readsNoToken(request.method, path)) return send(fetch, clock, request, limits)
    const body = await untilAborted(() => bufferedBody(request), request.signal)
    const attempt = (token: Token | undefined): Promise<Response> => {
      const again = new Request(request, body === undefined ? {} : { body })
      if (!token) return send(fetch, clock, again, limits)
      again.headers.set('Authorization', `Bearer ${token.reveal()}`)
      return send(fetch, clock, withoutCookies(again), limits)
    }
    const presentation = { method: request.method, url: request.url }
    const token = await untilAborted(() => source.token(presentation), request.signal)
    const response = await attempt(token)
    if (response.status !== 401 || !token) return response
    const refusal = await bufferedAnswer(response)
    if (!refusal.isAboutTheToken) return refusal.response
    const fresh = await untilAborted(() => source.refused(token, presentation), request.signal)
    return fresh ? attempt(fresh) : refusal.response
  }
}

/** Buffers the body, so that it can be sent twice. */
async function bufferedBody(request: Request): Promise<ArrayBuffer | undefined> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined
  return request.arrayBuffer()
}

/** Buffers a 401 answer, so that the caller can still read it. */
async function bufferedAnswer(response: Response): Promise<{ response: Response; isAboutTheToken: boolean }> {
  const text = await response.text()
  const code = membersOf(parsed(text))?.code
  return {
    response: new Response(text, { status: 401, statusText: response.statusText, headers: response.headers }),
    isAboutTheToken: typeof code !== 'string' || aboutTheToken.has(code),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A 401 of a proxy or a vendor may be plain text; it is taken to concern the token.
    return undefined
  }
}
