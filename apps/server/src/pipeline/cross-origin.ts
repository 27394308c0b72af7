// Cross-origin requests (CORS; Fetch §3.2): which pages of other origins may call which API, what a preflight request is
// answered, and which headers let a page read a response. The session cookie never takes part.
import type { OperationId, Route } from '../generated/index.ts'
import type { CorsNames } from '../http/contract/cors-names.ts'
import type { Router } from '../http/contract/route.ts'
import type { RequestHeaders, RequestValue, ResponseHeaders, ResponseValue } from '../http/message.ts'
import { findSessionCookie } from '../http/parse/cookie.ts'
import { isOwnOrigin, originRefused, refuseOtherSites } from '../http/same-origin.ts'
import { judgesSecret } from './admission.ts'
import type { Exposure } from './exposure.ts'

/** Exact serialised origins (RFC 6454 §6.1), e.g. `https://app.example`. Never `null`, never a wildcard. */
type Origins = readonly string[] | Promise<readonly string[]>

/** The origins whose pages may call an API. Asked only about requests of other origins. */
export interface AllowedOrigins {
  /** The origins of all APIs together. A preflight request does not say for which API a token will be asked. */
  union(): Origins
  /**
   * The origins of one API.
   *
   * @param audience The API's identifier. `undefined`: the issuer itself. An unknown API has no origins.
   */
  of(audience: string | undefined): Origins
}

/** No page of another origin may call. */
export const noOrigins: AllowedOrigins = { union: () => [], of: () => [] }

/** The page of another origin that sent a request. */
export interface OtherOrigin {
  /** As sent. */
  readonly origin: string
  /** Whether some API lists the origin, and the request does not carry the session cookie. */
  readonly allowed: boolean
}

export interface CorsRules {
  readonly allowedOrigins: AllowedOrigins
  readonly names: CorsNames
}

/**
 * The page of another origin that sent a request with `Origin`.
 *
 * @param ownOrigins The server's own origins.
 * @returns `undefined` for a page of this server.
 */
export async function otherOriginOf(
  { headers, rawHeaders }: Pick<RequestValue, 'headers' | 'rawHeaders'>,
  ownOrigins: ReadonlySet<string>,
  { allowedOrigins }: CorsRules,
): Promise<OtherOrigin | undefined> {
  if (isOwnOrigin(headers, ownOrigins)) return undefined
  const origin = String(headers.origin)
  const listed = (await allowedOrigins.union()).includes(origin)
  return { origin, allowed: listed && findSessionCookie(rawHeaders).kind === 'none' }
}

/** Seconds for which a browser may keep the answer to a preflight request: the most that Chromium permits. */
const maxAgeSeconds = 7200

/**
 * Answers a preflight request of a page on an allowed origin.
 *
 * @returns `undefined` if it is none, or if the path has no operation for this caller.
 */
export function answerPreflight(
  request: RequestValue,
  { allowed }: OtherOrigin,
  { router, exposure, cors }: { readonly router: Router<Route>; readonly exposure: Exposure; readonly cors: CorsRules },
): ResponseValue | undefined {
  const wanted = request.headers['access-control-request-method']
  if (!allowed || request.method !== 'OPTIONS' || wanted === undefined) return undefined
  const routes = router
    .routesAt(request.path)
    .filter(
      ({ operationId }) => exposure.shows(operationId, request) && exposure.host(operationId, request) === 'known',
    )
  if (routes.length === 0) return undefined
  const methods = router.allowedMethods(request.path)
  const method = wanted === 'HEAD' && methods.includes('HEAD') ? 'GET' : wanted
  const route = routes.find((one) => one.method === method)
  const names = route && cors.names.requestHeaders.get(route.operationId)
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': methods.join(', '),
      ...(names === undefined ? {} : { 'access-control-allow-headers': names }),
      'access-control-max-age': maxAgeSeconds,
      vary: 'Access-Control-Request-Method',
    },
    body: undefined,
  }
}

/** Whether an operation takes a credential. The others are public, and answer pages of every origin alike. */
const takesCredential = (route: Route): boolean => route.security.length > 0 || judgesSecret(route)

/**
 * Refuses a request that a page of another site or of an origin that is not allowed has sent. Called before the body is
 * read and before anything is counted: otherwise a page could use up the login attempts of its visitor.
 *
 * @throws RequestError `origin_refused`.
 */
export function refuseOtherOrigins(
  headers: RequestHeaders,
  route: Route,
  other: OtherOrigin | undefined,
  { origins, cors }: { readonly origins: ReadonlySet<string>; readonly cors: CorsRules },
): void {
  if (other?.allowed) return
  if (judgesSecret(route)) refuseOtherSites(headers, origins)
  if (other && takesCredential(route) && !cors.names.forwarded.has(route.operationId)) throw originRefused()
}

/**
 * Refuses a request of a page whose origin is allowed, but not by the API that is asked for.
 *
 * @param body The parsed body; `undefined` if there is none or it cannot be parsed.
 * @throws RequestError `origin_refused`.
 */
export async function requireListedOrigin(
  { origin }: OtherOrigin,
  route: Route,
  body: () => unknown,
  { allowedOrigins, names }: CorsRules,
): Promise<void> {
  if (!takesCredential(route) || names.forwarded.has(route.operationId)) return
  for (const audience of new Set(audiencesAskedFor(route.operationId, body))) {
    await requireOriginAt(origin, audience, allowedOrigins)
  }
}

/**
 * @param audience The API's identifier. `undefined`: the issuer itself.
 * @throws RequestError `origin_refused` if the API does not list the origin.
 */
export async function requireOriginAt(
  origin: string,
  audience: string | undefined,
  allowedOrigins: AllowedOrigins,
): Promise<void> {
  if ((await allowedOrigins.of(audience)).includes(origin)) return
  throw originRefused('The API does not allow calls from pages of this origin.')
}

/** Operations that issue tokens for the APIs that their body names (RFC 8707 `resource`, RFC 8693 `audience`). */
const issuing: ReadonlySet<string> = new Set<OperationId>(['createSession', 'refreshSession', 'issueToken'])
/** The token itself says for which API it is. A page that may log in may also log out. */
const ending: ReadonlySet<string> = new Set<OperationId>(['revokeToken'])
/** Every other operation is one of the issuer. */
const issuer: readonly undefined[] = [undefined]

function audiencesAskedFor(operationId: OperationId, body: () => unknown): readonly (string | undefined)[] {
  if (ending.has(operationId)) return []
  if (!issuing.has(operationId)) return issuer
  const { resource, audience, grant_type } = (body() ?? {}) as Readonly<Record<string, unknown>>
  const named = [resource, audience].flat().filter((one): one is string => typeof one === 'string')
  if (named.length > 0) return named
  // The session of the refresh token says for which API the new token is: `Context.requireOriginAt` checks it there.
  const refreshes = operationId === ('refreshSession' satisfies OperationId) || grant_type === 'refresh_token'
  return refreshes ? [] : issuer
}

const byOrigin = { vary: 'Origin' } as const
const forAll = {} as const
const pages: ReadonlySet<string> = new Set<OperationId>([
  'showServer',
  'showDocumentation',
  'showDocumentationAsset',
  'showConsole',
  'showConsoleAsset',
])

/** The metadata of the issuer and its keys, which clients of every origin need. */
const isMetadata = ({ operationId, path }: Route): boolean =>
  path.startsWith('/.well-known/') || operationId === ('listSigningKeys' satisfies OperationId)

/**
 * The CORS headers of a response, errors included. `Access-Control-Allow-Credentials` is never among them, so that no
 * browser lets a page of another origin read what was answered to a cookie.
 *
 * @param route `undefined` if no operation was found.
 */
export function corsHeaders(
  { headers }: ResponseValue,
  route: Route | undefined,
  other: OtherOrigin | undefined,
  names: CorsNames,
): ResponseHeaders {
  if (route && isMetadata(route)) return readableBy('*', names)
  // Pages of this server are no part of the API.
  if (route && pages.has(route.operationId)) return forAll
  const vary = headers.vary === undefined ? byOrigin : { vary: `${headers.vary}, Origin` }
  return other?.allowed ? { ...vary, ...readableBy(other.origin, names) } : vary
}

const readableBy = (origin: string, { responseHeaders }: CorsNames) => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': responseHeaders,
})
