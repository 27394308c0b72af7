// Reads the one credential of a request, by the security schemes of its operation. Everything else in the request is
// not a credential and is ignored.

import type { OperationId, Route } from '../generated/index.ts'
import { RequestError } from '../http/errors.ts'
import type { RequestHeaders, RequestValue } from '../http/message.ts'
import { parseAuthorization } from '../http/parse/authorization-header.ts'
import { findSessionCookie } from '../http/parse/cookie.ts'
import {
  isFromBrowser,
  requireOwnNavigation,
  requireSameOrigin,
  requireSameOriginForwarded,
} from '../http/same-origin.ts'
import type { AdmissionRules } from './admission.ts'
import type { PresentedGrant } from './context.ts'

/** A token to verify, or a grant for the handler. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'access'; readonly token: string }
  | { readonly kind: 'cookie'; readonly token: string }
  /** Accepts personal tokens only. */
  | { readonly kind: 'personal'; readonly token: string }
  /** Either token of a session's pair. */
  | { readonly kind: 'pair'; readonly token: string }
  | { readonly kind: 'grant'; readonly grant: PresentedGrant }

/** Parses the credential of one security scheme. */
export interface CredentialParser {
  /**
   * Returns `none` if the credential is absent or malformed; both are answered with 401.
   *
   * @param body The parsed body; `undefined` if there is none or it cannot be parsed.
   * @throws RequestError `request_invalid` if there is more than one credential, or one that cannot be read.
   */
  read(request: RequestValue, body: () => unknown): Credential
  /** Whether the credential is a member of the body, also of operations without a body. Default: false. */
  readonly inBody?: boolean
}

/** By the name of the security scheme. */
export type CredentialParsers = Readonly<Record<string, CredentialParser>>

export const none: Credential = { kind: 'none' }

export const repeated = () => new RequestError('request_invalid', 'The request carries more than one credential.')
const unreadable = () => new RequestError('request_invalid', 'The credential is malformed.')

function authorization(request: RequestValue, grammar: Parameters<typeof parseAuthorization>[1]) {
  const parsed = parseAuthorization(request.rawHeaders, grammar)
  if (parsed.kind === 'repeated') throw repeated()
  if (parsed.kind === 'unreadable') throw unreadable()
  return parsed
}

/**
 * `Authorization: Bearer` (RFC 6750 §2.1).
 *
 * @param credential Makes the credential from the token.
 * @param options `colonTolerated`: also accepts `Bearer: TOKEN`, which some vendors' clients send. Default: false.
 */
export const bearer = (
  credential: (token: string) => Credential,
  { colonTolerated = false }: { readonly colonTolerated?: boolean } = {},
): CredentialParser => ({
  read(request) {
    const parsed = authorization(request, { colonTolerated })
    return parsed.kind === 'bearer' ? credential(parsed.token) : none
  },
})

/** `Authorization: Basic` (RFC 7617), with username and password not form-encoded. */
export const basic = (credential: (username: string, password: string) => Credential): CredentialParser => ({
  read(request) {
    const parsed = authorization(request, { basic: 'raw' })
    return parsed.kind === 'basic' ? credential(parsed.username, parsed.password) : none
  },
})

export const accessToken = (token: string): Credential => ({ kind: 'access', token })

const sessionCookie: CredentialParser = {
  read(request) {
    const found = findSessionCookie(request.rawHeaders)
    if (found.kind === 'repeated') throw repeated()
    if (found.kind === 'unreadable') throw unreadable()
    return found.kind === 'cookie' ? { kind: 'cookie', token: found.token } : none
  },
}

/**
 * The parsers of the native security schemes; each dialect declares its own. The start-up refuses a scheme without a
 * parser (N-164).
 */
export const nativeParsers: CredentialParsers = { bearer: bearer(accessToken), sessionCookie }

/**
 * Reads the one credential of a request.
 *
 * @param schemes Alternatives, as the contract lists them.
 * @param parsers Of all schemes.
 * @param body See `CredentialParser`.
 * @throws RequestError `request_invalid` if there is more than one credential, or one that cannot be read.
 */
export function parseCredential(
  request: RequestValue,
  schemes: readonly string[],
  parsers: CredentialParsers,
  body: () => unknown = () => undefined,
): Credential {
  let found = none
  for (const scheme of schemes) {
    const credential = parsers[scheme]?.read(request, body) ?? none
    if (credential.kind === 'none') continue
    if (found.kind !== 'none') throw repeated()
    found = credential
  }
  // Even a malformed header is a second credential, because its intention is unknown.
  if (found.kind === 'cookie' && request.headers.authorization !== undefined) throw repeated()
  return found
}

const isForwardAuth = ({ operationId }: Route): boolean =>
  operationId === ('checkForwardedRequest' satisfies OperationId)

/**
 * Browsers also send the cookie with requests that another site's page starts, so a state-changing request must come
 * from this server's own pages. In a dialect, a request without browser headers counts as one of a non-browser client,
 * as in the vendor's curl samples.
 *
 * @throws RequestError `origin_refused`.
 */
export function guardCookie(
  headers: RequestHeaders,
  route: Route,
  { rules, origins }: { readonly rules: AdmissionRules; readonly origins: ReadonlySet<string> },
): void {
  if (isForwardAuth(route)) requireSameOriginForwarded(headers, origins)
  else if (route.method === 'GET') {
    if (route.stateChanging) requireOwnNavigation(headers)
  } else if (rules.dialectTags.has(route.tag) && !isFromBrowser(headers)) requireOwnNavigation(headers)
  else requireSameOrigin(headers, origins)
}

/**
 * Reads the one credential of a request. In forward authentication, two credentials or an unreadable one are answered with
 * 401: a proxy turns a 400 into a 5xx, though its client sent them.
 *
 * @throws RequestError
 */
export function readCredential(
  request: RequestValue,
  route: Route,
  parsers: CredentialParsers,
  body: () => unknown,
): Credential {
  try {
    return parseCredential(request, route.security, parsers, body)
  } catch (error) {
    if (!isForwardAuth(route) || !(error instanceof RequestError)) throw error
    throw new RequestError('credentials_missing', error.detail)
  }
}
