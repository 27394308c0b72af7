// Requests that a browser sends with our cookie, though another site made it (CSRF). The cookie is SameSite=Strict
// already; this is the second lock, and the only one against a page on a sibling of our own site.
import { RequestError } from './errors.ts'
import type { RequestHeaders } from './message.ts'

const refused = (): RequestError =>
  new RequestError('origin_refused', 'The request does not come from a page of this server.')

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value

/** Guards a change of state whose credential is the session cookie.
 *
 * `Sec-Fetch-Site: same-origin` is the browser's own word and no script can set it; browsers that do not send it send
 * Origin with every method but GET and HEAD. A request with neither is no browser's and has no business with a cookie.
 *
 * @param allowedOrigins Exact serialised origins (RFC 6454 §6.1), e.g. `https://auth.example`. `null` is never one.
 * @throws RequestError `origin_refused`.
 */
export function requireSameOrigin(headers: RequestHeaders, allowedOrigins: ReadonlySet<string>): void {
  const origin = one(headers.origin)
  if (origin !== undefined && origin !== 'null' && allowedOrigins.has(origin)) return
  if (one(headers['sec-fetch-site']) === 'same-origin') return
  throw refused()
}

/** Whether a browser marked a request: with `Origin`, or with Fetch Metadata (`Sec-Fetch-*`). */
export const isFromBrowser = (headers: RequestHeaders): boolean =>
  headers.origin !== undefined || Object.keys(headers).some((name) => name.startsWith('sec-fetch-'))

/** Guards an operation at which a secret or a grant is judged, whoever sends it: a page of another site must not use up its
 * visitor's guesses. A request that is no browser's says nothing of where it comes from, and goes on.
 *
 * @param ownOrigins As `allowedOrigins` of `requireSameOrigin`. They count only where the browser sends no
 * `Sec-Fetch-Site`, whose word is its own.
 * @throws RequestError `origin_refused`.
 */
export function refuseOtherSites(headers: RequestHeaders, ownOrigins: ReadonlySet<string>): void {
  const site = one(headers['sec-fetch-site'])
  if (site === 'same-origin' || site === 'none') return
  const origin = one(headers.origin)
  if (site === undefined && (origin === undefined || ownOrigins.has(origin))) return
  throw refused()
}

/** Guards a GET that changes state, where a vendor's wire demands one (dialects/insight/README.md): the user's own navigation is
 * allowed, and so is a browser too old for Fetch Metadata, since the cookie alone is then proof of the site; a link
 * fetched ahead of a click is not.
 *
 * @throws RequestError `origin_refused`.
 */
export function requireOwnNavigation(headers: RequestHeaders): void {
  const site = one(headers['sec-fetch-site'])
  if (site !== undefined && site !== 'none' && site !== 'same-origin') throw refused()
  const purpose = `${one(headers['sec-purpose']) ?? ''},${one(headers.purpose) ?? ''}`.toLowerCase()
  if (purpose.includes('prefetch') || purpose.includes('prerender')) throw refused()
}
