// The `fetch` under the typed calls: presents the token, and repeats a call once when the token is refused.
// openapi-fetch's middleware cannot repeat a request, so this is done below it.

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

/** Headers of a call that shows something itself; a second credential beside it would be refused. */
const ownCredentials = ['Authorization', 'X-Auth-Token']

/** A 401 with another code is about what was sent, such as a wrong current password. */
const aboutTheToken = new Set<unknown>(['token_invalid', 'token_expired', 'credentials_missing'])

/**
 * @returns A `fetch` that never leaves the base URL. A call that brings a credential of its own is sent as it is.
 * @throws TypeError For a URL outside of the base: a mistake in the program, or a path that was put together of input.
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

/** The body in memory, so that it can be sent twice: a stream is gone after the first time. */
async function bufferedBody(request: Request): Promise<ArrayBuffer | undefined> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined
  return request.arrayBuffer()
}

/** Reads a 401 and gives it back unread. */
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
    // A 401 of a proxy or a vendor may be plain text; then it is taken to be about the token.
    return undefined
  }
}
