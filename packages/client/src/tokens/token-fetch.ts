// A `fetch` that presents tokens. It adds the token and follows redirects itself; all else is the runtime's.
import type { Target, TokenSource } from '../session/token-source.ts'
import { UnexpectedResponseError } from '../transport/errors.ts'
import { untilAborted } from '../transport/single-flight.ts'
import type { Token } from '../transport/token.ts'
import { type Fetch, isRedirect } from '../transport/transport.ts'
import { bufferedBody, drop, present } from './present.ts'

/** Called like `fetch`. */
export type TokenFetch = (input: Request | URL | string, init?: RequestInit) => Promise<Response>

/** As many as the runtime's `fetch` follows (Fetch §4.4). */
const maxRedirects = 20

/** @param targetOf Throws ForeignOriginError for an origin that gets no token. */
export function tokenFetch(
  source: Pick<TokenSource, 'token' | 'refused'>,
  targetOf: (url: string) => Target,
  fetch: Fetch,
): TokenFetch {
  return async (input, init) => {
    const request = new Request(input, init)
    targetOf(request.url)
    if (request.headers.has('Authorization')) return fetch(request)
    const isOneShot = isStream(init?.body)
    const body = isOneShot ? undefined : await untilAborted(() => bufferedBody(request), request.signal)
    const attempt = (token: Token | undefined): Promise<Response> => {
      const sent = new Request(request, { redirect: 'manual', ...(body && { body }) })
      if (token) sent.headers.set('Authorization', `Bearer ${token.reveal()}`)
      return followed(sent, request, body, fetch)
    }
    return present(source, request, attempt, { isRepeatable: !isOneShot })
  }
}

/** Whether a body can be read only once. */
function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && (body instanceof ReadableStream || Symbol.asyncIterator in body)
}

/**
 * Follows redirects within the origin (Fetch §4.4), with the token.
 *
 * @throws UnexpectedResponseError For a redirect to another origin. A browser hides where a redirect leads, so none is
 *   followed there.
 */
async function followed(
  first: Request,
  { redirect: mode, signal }: Request,
  body: ArrayBuffer | undefined,
  fetch: Fetch,
): Promise<Response> {
  let sent = first
  let content = body ?? null
  for (let count = 0; ; count += 1) {
    const response = await fetch(sent)
    const location = response.headers.get('Location')
    const isHidden = response.type === 'opaqueredirect'
    if (mode === 'manual' || !isRedirect(response) || (location === null && !isHidden)) return response
    const { status } = response
    const refuse = (reason: string) => new UnexpectedResponseError(status, reason)
    if (mode === 'error' || isHidden) throw refuse('redirects are not followed')
    const next = new URL(location ?? '', sent.url)
    if (next.origin !== new URL(sent.url).origin) throw refuse('redirects to another origin are not followed')
    if (count === maxRedirects) throw refuse('too many redirects')
    const becomesGet = status === 303 ? sent.method !== 'HEAD' : status < 303 && sent.method === 'POST'
    if (!becomesGet && body === undefined && first.body) throw refuse('a stream cannot be sent again')
    await drop(response)
    const { headers, credentials, cache } = sent
    const method = becomesGet ? 'GET' : sent.method
    if (becomesGet) content = null
    sent = new Request(next, { method, headers, credentials, cache, signal, redirect: 'manual', body: content })
    if (becomesGet) for (const name of ofBody) sent.headers.delete(name)
  }
}

/** Headers that describe a body (Fetch §2.2.2, "request-body-header name"). */
const ofBody = ['Content-Encoding', 'Content-Language', 'Content-Location', 'Content-Type']
