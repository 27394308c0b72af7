import { AuthError } from './errors.ts'
import type { TokenForm } from './principals/client.ts'
import { atLeast, isRole, type Role } from './principals/role.ts'
import { isScopeName } from './scope.ts'

/**
 * The `typ` of an API's JWTs. `at+jwt` is RFC 9068 §2.1. `jwt` is written as `JWT`, for verifiers that accept no other.
 */
export type ApiTokenType = 'at+jwt' | 'jwt'

/** A scope of an API (RFC 6749 §3.3). */
export interface ApiScope {
  readonly name: string
  /** What it permits, in a sentence. */
  readonly description: string
  /** The least role of a user or client that may have it. */
  readonly leastRole: Role
}

/** A registered API: a resource server that tokens are meant for (RFC 8707). */
export interface Api {
  readonly id: string
  /** An absolute URI without a fragment (RFC 8707 §2): the value of `resource`, and the `aud` of its tokens. */
  readonly identifier: string
  readonly name: string
  readonly scopes: readonly ApiScope[]
  /** `undefined`: that of the client. */
  readonly tokenForm: TokenForm | undefined
  readonly tokenType: ApiTokenType
  /** Lifetime of its access tokens, 60–3600 seconds. `undefined`: that of the session or the client. */
  readonly accessLifetimeSeconds: number | undefined
  /** Origins of pages that may use its tokens (CORS). */
  readonly allowedOrigins: readonly string[]
  /** Whether the built-in public client may use it for every user. */
  readonly firstParty: boolean
  readonly createdAt: number
}

/** What of a registered API can be changed. */
export type ApiTerms = Omit<Api, 'id' | 'identifier' | 'createdAt'>

/** A change of an API. A member that is not given stays as it is. One that is `undefined` gets the default. */
export type ApiChange = Partial<ApiTerms>

/** The API after a change. */
export const changedApi = (api: Api, { ...change }: ApiChange): Api => ({ ...api, ...change })

/** The id of the issuer among the APIs: it is none of the store's. */
export const issuerApiId = 'issuer'

/** The issuer as an API: its own operations. It is built in. */
export const issuerApi = (issuer: string): Api => ({
  id: issuerApiId,
  identifier: issuer,
  name: 'Countersign',
  scopes: [
    { name: 'read', description: 'Use the operations that change nothing.', leastRole: 'viewer' },
    { name: 'write', description: 'Use the operations that change something.', leastRole: 'viewer' },
  ],
  tokenForm: undefined,
  tokenType: 'at+jwt',
  accessLifetimeSeconds: undefined,
  allowedOrigins: [],
  firstParty: true,
  createdAt: 0,
})

/** The scopes of an API that a role may have, in the order of the API's list. */
export const scopesFor = ({ scopes }: Pick<Api, 'scopes'>, role: Role): readonly string[] =>
  scopes.filter(({ leastRole }) => atLeast(role, leastRole)).map(({ name }) => name)

/** The most scopes of an API, and the most origins. */
export const mostApiScopes = 64
export const mostApiOrigins = 32
export const apiLifetimeBounds = { least: 60, most: 3600 } as const
const longestIdentifier = 256
const longestSentence = 256

const invalid = (detail: string) => new AuthError('api_invalid', { detail })

/**
 * Checks the identifier of a new API.
 *
 * @throws AuthError `api_invalid`, with a sentence that names the rule.
 */
export function requireApiIdentifier(identifier: string): void {
  if (isApiIdentifier(identifier)) return
  throw invalid(
    'The identifier of an API is an absolute URI of at most 256 printable ASCII characters, without a fragment.',
  )
}

/**
 * Checks everything else of an API that is to be stored.
 *
 * @throws AuthError `api_invalid`, with a sentence that names the rule.
 */
export function requireValidApi(api: ApiTerms): void {
  if (!isLine(api.name, 64)) throw invalid('The name of an API is 1 to 64 printable characters.')
  if (api.scopes.length > mostApiScopes) throw invalid(`An API has at most ${mostApiScopes} scopes.`)
  for (const { name, description, leastRole } of api.scopes) {
    if (!isScopeName(name))
      throw invalid('The name of a scope is 1 to 64 printable ASCII characters without space, " and \\ (RFC 6749).')
    if (!isLine(description, longestSentence))
      throw invalid('The description of a scope is 1 to 256 printable characters.')
    if (!isRole(leastRole)) throw invalid('The least role of a scope is viewer, manager or owner.')
  }
  if (new Set(api.scopes.map(({ name }) => name)).size < api.scopes.length)
    throw invalid('Each scope has a name of its own.')
  const seconds = api.accessLifetimeSeconds
  const { least, most } = apiLifetimeBounds
  if (seconds !== undefined && !(Number.isSafeInteger(seconds) && seconds >= least && seconds <= most)) {
    throw invalid(`The lifetime of an access token is ${least} to ${most} seconds.`)
  }
  if (api.allowedOrigins.length > mostApiOrigins) throw invalid(`An API has at most ${mostApiOrigins} allowed origins.`)
  if (!api.allowedOrigins.every(isAllowedOrigin)) {
    throw invalid('An allowed origin is https://HOST[:PORT], or http:// on a loopback host, as a browser writes it.')
  }
}

/** An absolute URI without a fragment (RFC 8707 §2), in printable ASCII. It is compared as a string. */
export const isApiIdentifier = (text: string): boolean =>
  text.length <= longestIdentifier && /^[a-z][a-z0-9+.-]*:[\x21\x24-\x5b\x5d-\x7e]+$/i.test(text) && URL.canParse(text)

const isLine = (text: string, most: number): boolean =>
  text.length > 0 && text.length <= most && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text) && text.trim() === text

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** An origin as a browser serializes it: https, or http on a loopback host. Never `null`, never a path. */
export function isAllowedOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  // A browser's URL parser accepts a `*` in a host.
  if (url.origin !== origin || url.hostname.includes('*')) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname))
}
