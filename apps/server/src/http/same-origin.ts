// Refuses requests that a browser sends with the session cookie on behalf of another site (CSRF). The cookie is
// SameSite=Strict; this second check also covers pages on a sibling of the server's own site.
import { RequestError } from './errors.ts'
import type { RequestHeaders } from './message.ts'

/** @param detail One constant sentence. Default: the page is of another site. */
export const originRefused = (detail = 'The request does not come from a page of this server.'): RequestError =>
  new RequestError('origin_refused', detail)

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value

/**
 * Protects a state-changing operation whose credential is the session cookie.
 *
 * The browser sets `Sec-Fetch-Site: same-origin`, and no script can. Browsers that do not send it send Origin with
 * every method but GET and HEAD. A request with neither does not come from a browser, and is refused because it has a
 * cookie.
 *
 * @param allowedOrigins Exact serialised origins (RFC 6454 §6.1), e.g. `https://auth.example`. Never `null`.
 * @throws RequestError `origin_refused`.
 */
export function requireSameOrigin(headers: RequestHeaders, allowedOrigins: ReadonlySet<string>): void {
  const origin = one(headers.origin)
  if (origin !== undefined && origin !== 'null' && allowedOrigins.has(origin)) return
  if (one(headers['sec-fetch-site']) === 'same-origin') return
  throw originRefused()
}

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method promises to change nothing (RFC 9110 §9.2.1). TRACE is no method of an application. */
export const changesNothing = (method: string): boolean => safe.has(method)

/**
 * Protects an application behind a proxy whose credential is the session cookie. The proxy passes the headers of the
 * original request on. A WebSocket is opened with GET, and browsers let pages of every origin open one (RFC 6455 §10.2).
 *
 * @throws RequestError `origin_refused`.
 */
export function requireSameOriginForwarded(headers: RequestHeaders, allowedOrigins: ReadonlySet<string>): void {
  const opensSocket = 'sec-websocket-key' in headers || one(headers['sec-fetch-mode']) === 'websocket'
  if (opensSocket || !changesNothing(one(headers['x-forwarded-method']) ?? ''))
    requireSameOrigin(headers, allowedOrigins)
}

/**
 * Whether a request with `Origin` comes from a page of this server, or from the browser itself (an extension). No script
 * can set `Sec-Fetch-Site`.
 *
 * @param ownOrigins As `allowedOrigins` of `requireSameOrigin`.
 */
export function isOwnOrigin(headers: RequestHeaders, ownOrigins: ReadonlySet<string>): boolean {
  const site = one(headers['sec-fetch-site'])
  return site === 'same-origin' || site === 'none' || ownOrigins.has(one(headers.origin) ?? '')
}

/** Whether the request has `Origin` or Fetch Metadata (`Sec-Fetch-*`), which only browsers send. */
export const isFromBrowser = (headers: RequestHeaders): boolean =>
  headers.origin !== undefined || Object.keys(headers).some((name) => name.startsWith('sec-fetch-'))

/**
 * Protects an operation that verifies a secret or a grant, with or without a cookie. Otherwise a page of another site
 * could use up the login attempts of its visitor. A request without browser headers is permitted.
 *
 * @param ownOrigins As `allowedOrigins` of `requireSameOrigin`. Used only if the browser sends no `Sec-Fetch-Site`.
 * @throws RequestError `origin_refused`.
 */
export function refuseOtherSites(headers: RequestHeaders, ownOrigins: ReadonlySet<string>): void {
  const site = one(headers['sec-fetch-site'])
  if (site === 'same-origin' || site === 'none') return
  const origin = one(headers.origin)
  if (site === undefined && (origin === undefined || ownOrigins.has(origin))) return
  throw originRefused()
}

/**
 * Protects a GET that changes state, which one vendor's wire requires (dialects/insight/README.md). Permits the user's
 * own navigation, and browsers without Fetch Metadata, whose cookie proves the site. Refuses prefetching and
 * prerendering.
 *
 * @throws RequestError `origin_refused`.
 */
export function requireOwnNavigation(headers: RequestHeaders): void {
  const site = one(headers['sec-fetch-site'])
  if (site !== undefined && site !== 'none' && site !== 'same-origin') throw originRefused()
  const purpose = `${one(headers['sec-purpose']) ?? ''},${one(headers.purpose) ?? ''}`.toLowerCase()
  if (purpose.includes('prefetch') || purpose.includes('prerender')) throw originRefused()
}
