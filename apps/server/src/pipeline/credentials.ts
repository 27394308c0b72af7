// The strict credential parser: what a request presents, by the schemes that the contract names for its operation, in
// exactly one place. Everything else in the request is not a credential and is not looked at.

import { RequestError } from '../http/errors.ts'
import { headerValues, type RequestValue } from '../http/message.ts'
import { parseAuthorization } from '../http/parse/authorization-header.ts'
import { findSessionCookie } from '../http/parse/cookie.ts'
import type { PresentedGrant } from './context.ts'

/** A token to be checked, or a grant to be handed on. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'access'; readonly token: string }
  | { readonly kind: 'cookie'; readonly token: string }
  /** A personal token, and no other. */
  | { readonly kind: 'personal'; readonly token: string }
  /** Either token of a session's pair. */
  | { readonly kind: 'pair'; readonly token: string }
  | { readonly kind: 'grant'; readonly grant: PresentedGrant }

/**
 * Reads the credential of one scheme. `none`: not presented, or presented malformed, which is the same (401).
 *
 * @param body The parsed body; nothing if there is none, or it cannot be read.
 */
type Parser = (request: RequestValue, body: () => unknown) => Credential

const none: Credential = { kind: 'none' }

const repeated = () => new RequestError('request_invalid', 'The request carries more than one credential.')
const unreadable = () => new RequestError('request_invalid', 'The credential cannot be read.')

function authorization(request: RequestValue, grammar: Parameters<typeof parseAuthorization>[1]) {
  const parsed = parseAuthorization(request.rawHeaders, grammar)
  if (parsed.kind === 'repeated') throw repeated()
  if (parsed.kind === 'unreadable') throw unreadable()
  return parsed
}

const bearer =
  (colonTolerated: boolean): Parser =>
  (request) => {
    const parsed = authorization(request, { colonTolerated })
    return parsed.kind === 'bearer' ? { kind: 'access', token: parsed.token } : none
  }

const pairBearer: Parser = (request) => {
  const parsed = authorization(request, { colonTolerated: true })
  return parsed.kind === 'bearer' ? { kind: 'pair', token: parsed.token } : none
}

/** The body's member `access_token` (RFC 6750 §2.2), as some vendors' clients send it. Beside a header it is one too many. */
const tokenInBody =
  (kind: 'access' | 'pair'): Parser =>
  (request, body) => {
    const { access_token: token } = (body() ?? {}) as Readonly<Record<string, unknown>>
    if (token === undefined) return none
    if (request.headers.authorization !== undefined) throw repeated()
    return typeof token === 'string' && token !== '' ? { kind, token } : none
  }

const refreshBearer: Parser = (request) => {
  const parsed = authorization(request, { colonTolerated: true })
  return parsed.kind === 'bearer' ? { kind: 'grant', grant: { kind: 'refresh', token: parsed.token } } : none
}

const passwordBasic: Parser = (request) => {
  const parsed = authorization(request, { basic: 'raw' })
  if (parsed.kind !== 'basic') return none
  return { kind: 'grant', grant: { kind: 'password', username: parsed.username, password: parsed.password } }
}

const sessionCookie: Parser = (request) => {
  const found = findSessionCookie(request.rawHeaders)
  if (found.kind === 'repeated') throw repeated()
  if (found.kind === 'unreadable') throw unreadable()
  return found.kind === 'cookie' ? { kind: 'cookie', token: found.token } : none
}

/** `X-Auth-Token` (dialects/insight). Beside an `Authorization` of whatever sort it is one too many (N-166). */
const authToken: Parser = (request) => {
  if (request.headers['x-auth-token'] === undefined) return none
  const values = headerValues(request.rawHeaders, 'x-auth-token')
  if (values.length > 1 || request.headers.authorization !== undefined) throw repeated()
  const token = values[0]?.trim()
  return token ? { kind: 'personal', token } : none
}

/** A parser for every security scheme of the contract; start-up refuses a scheme without one (N-164). */
export const parsers: Readonly<Record<string, Parser>> = {
  bearer: bearer(false),
  sessionCookie,
  manifoldBearer: bearer(true),
  manifoldBasic: passwordBasic,
  manifoldRefresh: refreshBearer,
  cikitBearer: bearer(true),
  cikitBody: tokenInBody('access'),
  cikitPair: pairBearer,
  cikitPairInBody: tokenInBody('pair'),
  lyveBearer: bearer(true),
  efaBearer: bearer(true),
  efaOrNative: bearer(true),
  insightOrNative: bearer(true),
  authToken,
}

/** Schemes whose credential is a member of the body, on operations without a body too. */
export const bodySchemes: ReadonlySet<string> = new Set(['cikitBody', 'cikitPairInBody'])

/**
 * Reads the one credential of a request.
 *
 * @param schemes As the contract lists them: each an alternative.
 * @param body See `Parser`.
 * @throws RequestError `request_invalid` if there is more than one, or one that cannot be read.
 */
export function parseCredential(
  request: RequestValue,
  schemes: readonly string[],
  body: () => unknown = () => undefined,
): Credential {
  let found = none
  for (const scheme of schemes) {
    const credential = parsers[scheme]?.(request, body) ?? none
    if (credential.kind === 'none') continue
    if (found.kind !== 'none') throw repeated()
    found = credential
  }
  // Even a malformed one is a second credential: what it was meant to say cannot be known.
  if (found.kind === 'cookie' && request.headers.authorization !== undefined) throw repeated()
  return found
}
