import type { Domain } from '../domain/domain.ts'
import { type Api, issuerApi, issuerApiId, scopesFor } from '../model/api.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { type AuthorizedApi, grantAt } from '../model/authorization/authorization.ts'
import { AuthError } from '../model/errors.ts'
import type { Client } from '../model/principals/client.ts'
import type { Role } from '../model/principals/role.ts'
import { feedScope, narrowScope, readScope } from '../model/scope.ts'

type Deps = Pick<Domain, 'store' | 'issuer'>

/** What an access token is to be meant for: one API, and what it permits there. */
export interface Target {
  readonly api: Api
  readonly scope: readonly string[]
}

/** What is asked for: `resource` (RFC 8707) and `scope` (RFC 6749 §3.3). Default is the issuer, and all that is permitted. */
export interface TargetRequest {
  readonly resources?: readonly string[] | undefined
  readonly scope?: string | undefined
}

/** What a new Authorization may have tokens for. */
export type Granted = Pick<Authorization, 'scope' | 'audience' | 'apis'>

/** The API of an identifier. @throws AuthError `target_invalid` if there is none. */
export async function apiOf(identifier: string, { store, issuer }: Deps): Promise<Api> {
  const api = identifier === issuer ? issuerApi(issuer) : await store.apis.findByIdentifier(identifier)
  if (!api) throw new AuthError('target_invalid')
  return api
}

/**
 * The single one of these. An access token is meant for one API.
 *
 * @throws AuthError `target_invalid` if different ones are named.
 */
export function soleResource(resources: readonly string[] = []): string | undefined {
  const different = new Set(resources)
  if (different.size > 1) throw new AuthError('target_invalid')
  return resources[0]
}

/** What the built-in client may use for a user: every API that is not for registered clients alone. */
const requireFirstParty = ({ firstParty }: Api): void => {
  if (!firstParty) throw new AuthError('target_invalid')
}

/**
 * What a login through the built-in public client is granted, and what its first access token is meant for.
 *
 * @param role The user's.
 * @throws AuthError `target_invalid`, `scope_invalid` for a scope that none of the APIs has for this role.
 */
export async function grantedAtLogin(
  { resources = [], scope }: TargetRequest,
  role: Role,
  deps: Deps,
): Promise<{ readonly granted: Granted; readonly first: Target }> {
  const identifiers = resources.length === 0 ? [deps.issuer] : [...new Set(resources)]
  const apis = await Promise.all(identifiers.map((identifier) => apiOf(identifier, deps)))
  for (const api of apis) requireFirstParty(api)
  const asked = scope === undefined ? undefined : readScope(scope)
  const grants = apis.map(({ id, identifier, ...api }): AuthorizedApi => {
    const permitted = scopesFor(api, role)
    return { id, identifier, scope: asked ? permitted.filter((name) => asked.includes(name)) : permitted }
  })
  if (asked?.some((name) => !grants.some((grant) => grant.scope.includes(name)))) throw new AuthError('scope_invalid')
  const [api = issuerApi(deps.issuer)] = apis
  const first = { api, scope: grants[0]?.scope ?? [] }
  const audience = grants.map(({ identifier }) => identifier)
  const isIssuerAlone = grants.length === 1 && api.id === issuerApiId
  return { granted: { scope: first.scope, audience, apis: isIssuerAlone ? [] : grants }, first }
}

/**
 * What a refreshed access token is meant for: one of the APIs that were granted at login. Scope never widens (I4).
 *
 * @param role The role that counts now.
 * @throws AuthError `target_invalid` if it is none of them, or was removed; `scope_invalid`.
 */
export async function refreshedTarget(
  { resources, scope }: TargetRequest,
  authorization: Authorization,
  role: Role,
  deps: Deps,
): Promise<Target> {
  const identifier = soleResource(resources) ?? authorization.audience[0] ?? deps.issuer
  const granted = grantAt(authorization, identifier)
  if (!granted) throw new AuthError('target_invalid')
  // What is for the issuer alone, as most are: no API is read.
  if (authorization.apis.length === 0) return { api: issuerApi(identifier), scope: narrowScope(scope, granted.scope) }
  const api = await apiOf(identifier, deps)
  if (api.id !== granted.id) throw new AuthError('target_invalid')
  requireFirstParty(api)
  return { api, scope: narrowScope(scope, both(granted.scope, scopesFor(api, role))) }
}

/**
 * What a client's token is meant for.
 *
 * @returns The API, and the most that the client may have there.
 * @throws AuthError `target_invalid` if it is none that the client may ask for.
 */
export async function clientTarget({ resources, scope }: TargetRequest, client: Client, deps: Deps): Promise<Target> {
  const identifier = soleResource(resources)
  if ((identifier ?? deps.issuer) === deps.issuer && asksForFeed(scope, client)) {
    return { api: issuerApi(deps.issuer), scope: [...client.scope, feedScope] }
  }
  const wanted = identifier ?? defaultOf(client, deps.issuer)
  if (wanted === deps.issuer) {
    if (client.scope.length === 0) throw new AuthError('target_invalid')
    return { api: issuerApi(wanted), scope: client.scope }
  }
  const granted = client.apis.find((api) => api.identifier === wanted)
  const api = granted && (await deps.store.apis.find(granted.id))
  if (!api) throw new AuthError('target_invalid')
  return { api, scope: both(granted.scope, scopesFor(api, client.role)) }
}

const asksForFeed = (scope: string | undefined, { audience }: Client): boolean =>
  audience.length > 0 && scope?.split(' ').includes(feedScope) === true

/** Where a client names no API: the issuer, or the only API that it may ask for. */
function defaultOf({ scope, apis }: Client, issuer: string): string {
  if (scope.length > 0) return issuer
  const [only, ...others] = apis
  if (!only || others.length > 0) throw new AuthError('target_invalid')
  return only.identifier
}

export const both = (some: readonly string[], others: readonly string[]): readonly string[] =>
  some.filter((name) => others.includes(name))
