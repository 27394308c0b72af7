import type { Route } from '../generated/index.ts'
import { isInParts, type RequestValue, type ResponseHeaders, type ResponseValue } from '../http/message.ts'
import { type SecurityHeaderOptions, withSecurityHeaders } from '../http/security-headers.ts'
import { type CorsRules, corsHeaders, type OtherOrigin } from './cross-origin.ts'

/** The result of a handler, as the generated `Output` types define it. */
interface HandlerAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string | number | undefined>>
  readonly contentType?: string
}

const none: ResponseHeaders = Object.freeze({})

/** The headers of most answers: the same object each time, so that the complete headers can be prepared. */
export const jsonHeaders: ResponseHeaders = Object.freeze({ 'content-type': 'application/json' })

/** Serialises a handler's documented answer: JSON, unless the answer names another media type. */
export function respond(answer: unknown): ResponseValue {
  const { status, body, headers, contentType } = answer as HandlerAnswer
  if (body === undefined) return { status, headers: headers ? lowerCased(headers) : none, body: undefined }
  const raw = typeof body === 'string' || body instanceof Uint8Array || isInParts(body)
  return {
    status,
    headers: headers
      ? { ...lowerCased(headers), 'content-type': contentType ?? 'application/json' }
      : contentType === undefined
        ? jsonHeaders
        : { 'content-type': contentType },
    body: raw ? body : JSON.stringify(body),
  }
}

function lowerCased(headers: NonNullable<HandlerAnswer['headers']>): ResponseHeaders {
  const out: Record<string, string | number> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) out[name.toLowerCase()] = value
  }
  return out
}

/** Completes the headers of answers. Those of the usual answers are prepared, one object for each route. */
export class AnswerHeaders {
  readonly #secure: boolean
  readonly #names: CorsRules['names']
  readonly #plain = new Map<Route, ResponseHeaders>()
  readonly #encrypted = new Map<Route, ResponseHeaders>()

  constructor({ secure, cors }: { readonly secure: boolean; readonly cors: CorsRules }) {
    this.#secure = secure
    this.#names = cors.names
  }

  complete(
    response: ResponseValue,
    request: RequestValue,
    route: Route | undefined,
    other: OtherOrigin | undefined,
  ): ResponseValue {
    const { status, headers, body } = response
    const encrypted = this.#secure || request.encrypted
    const complete =
      headers === jsonHeaders && route && !other
        ? this.#prepared(response, route, encrypted)
        : this.#added(response, route, other, encrypted)
    return { status, headers: { ...complete, 'x-request-id': request.requestId }, body }
  }

  #prepared(response: ResponseValue, route: Route, encrypted: boolean): ResponseHeaders {
    const known = encrypted ? this.#encrypted : this.#plain
    const prepared = known.get(route)
    if (prepared) return prepared
    const added = this.#added(response, route, undefined, encrypted)
    known.set(route, added)
    return added
  }

  #added(response: ResponseValue, route: Route | undefined, other: OtherOrigin | undefined, encrypted: boolean) {
    const { headers } = withSecurityHeaders(response, { encrypted, page: pageOf(route) })
    return { ...headers, ...corsHeaders(response, route, other, this.#names) }
  }
}

function pageOf(route: Route | undefined): NonNullable<SecurityHeaderOptions['page']> {
  if (route?.tag === 'console') return 'console'
  return route?.tag === 'operations' && route.path.startsWith('/docs') ? 'documentation' : 'api'
}
